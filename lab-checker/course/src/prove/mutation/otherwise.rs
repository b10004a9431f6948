//! The same NetworkPolicy written otherwise: answers that are as right as the solution.

use ipnet::IpNet;
use serde_json::{Value, json};

use super::blocks::parts;
use super::edit::Edits;
use super::places::{DIRECTIONS, peers, rules, selectors};
use super::selectors::to_expression;

pub(super) fn change(edits: &mut Edits<'_>) {
    edits.edit("renamed", "/metadata/name", "another name", |name| {
        *name = format!("{}-otherwise", name.as_str().unwrap_or_default()).into();
    });
    for selector in selectors(edits) {
        labels_as_expressions(edits, &selector);
    }
    reverse(edits);
    for (_, rule) in rules(edits) {
        split_ranges(edits, &format!("{rule}/ports"));
    }
    for peer in peers(edits) {
        split_block(edits, &peer);
    }
    one_policy_a_rule(edits);
}

fn labels_as_expressions(edits: &mut Edits<'_>, selector: &str) {
    let labels = edits.get(&format!("{selector}/matchLabels")).as_object();
    for (key, value) in labels.into_iter().flatten() {
        let expression = json!({"key": key, "operator": "In", "values": [value]});
        edits.edit("label written as expression", selector, key, |selector| to_expression(selector, key, expression));
    }
}

/// Rules, peers and ports in the other order; each rule twice.
fn reverse(edits: &mut Edits<'_>) {
    let mut lists: Vec<String> = DIRECTIONS.iter().map(|direction| format!("/spec/{}", direction.field)).collect();
    for (direction, rule) in rules(edits) {
        lists.extend([format!("{rule}/{}", direction.peers), format!("{rule}/ports")]);
    }
    for list in lists {
        let items = edits.get(&list).as_array().cloned().unwrap_or_default();
        if items.is_empty() {
            continue;
        }
        edits.set("reversed", &list, "in the other order", items.iter().rev().cloned().collect::<Vec<_>>());
        edits.set("doubled", &list, "everything twice", [items.clone(), items].concat());
    }
}

fn split_ranges(edits: &mut Edits<'_>, ports: &str) {
    for item in edits.items(ports) {
        let first = edits.get(&format!("{item}/port")).as_u64();
        let (Some(first), Some(last)) = (first, edits.get(&format!("{item}/endPort")).as_u64().or(first)) else {
            continue;
        };
        let protocol = edits.get(&format!("{item}/protocol")).as_str().unwrap_or("TCP");
        let one = |number: u64| json!({"protocol": protocol, "port": number});
        if last == first {
            let range = json!({"protocol": protocol, "port": first, "endPort": last});
            edits.set("number written as range", &item, "a range of one", range);
        } else if last - first < 100 {
            let others = edits.items(ports).into_iter().filter(|other| *other != item);
            let others: Vec<Value> = others.map(|other| edits.get(&other).clone()).collect();
            let listed: Vec<Value> = (first..=last).map(one).chain(others).collect();
            edits.set("range written as list", ports, "one item a port", listed);
        }
    }
}

fn split_block(edits: &mut Edits<'_>, peer: &str) {
    let block = edits.get(&format!("{peer}/ipBlock"));
    let Some(cidr) = block["cidr"].as_str().and_then(|text| text.parse::<IpNet>().ok()) else { return };
    let Some((list, _)) = peer.rsplit_once('/') else { return };
    let holes: Vec<IpNet> =
        crate::snapshot::list(&block["except"]).filter_map(|hole| hole.as_str()?.parse().ok()).collect();
    let halves = parts(cidr);
    // A hole that is a whole half leaves the other half alone.
    let halves = halves.iter().filter(|half| !holes.contains(half)).map(|half| {
        let within: Vec<String> = holes.iter().filter(|hole| half.contains(*hole)).map(IpNet::to_string).collect();
        json!({"ipBlock": {"cidr": half.to_string(), "except": within}})
    });
    let others = edits.items(list).into_iter().filter(|other| other != peer);
    let items: Vec<Value> = halves.chain(others.map(|other| edits.get(&other).clone())).collect();
    edits.set("block written as its halves", list, format!("{cidr} in two"), items);
}

/// As many policies as there are rules, which together select and allow the same.
fn one_policy_a_rule(edits: &mut Edits<'_>) {
    let all = rules(edits);
    if all.len() < 2 {
        return;
    }
    let policies = all.iter().enumerate().map(|(number, (direction, rule))| {
        let mut policy = edits.object().clone();
        policy["metadata"]["name"] =
            format!("{}-{number}", policy["metadata"]["name"].as_str().unwrap_or_default()).into();
        let spec = json!({
            "podSelector": policy["spec"]["podSelector"],
            "policyTypes": policy["spec"]["policyTypes"],
            direction.field: [edits.get(rule)],
        });
        policy["spec"] = spec;
        policy
    });
    let policies = policies.collect();
    edits.replace_object("one policy a rule", "a policy for each rule", policies);
}
