//! ClusterNetworkPolicies: everything but their label selectors.

use ipnet::IpNet;
use serde_json::{Value, json};

use super::blocks::other_blocks;
use super::edit::Edits;
use super::places::{DIRECTIONS, Direction, rules};

pub(super) fn change(edits: &mut Edits<'_>) {
    edits.drop_object("policy dropped");
    for tier in ["Admin", "Baseline"] {
        edits.set("tier changed", "/spec/tier", tier, tier);
    }
    for priority in [0, 1, 1000] {
        edits.set("priority changed", "/spec/priority", priority.to_string(), priority);
    }
    change_subject(edits);
    for direction in DIRECTIONS {
        change_order(edits, direction);
        add_rules(edits, direction);
    }
    for (direction, rule) in rules(edits) {
        edits.remove("rule dropped", &rule, "left out");
        for action in ["Accept", "Deny", "Pass"] {
            edits.set("action changed", &format!("{rule}/action"), action, action);
        }
        let peers = format!("{rule}/{}", direction.peers);
        for peer in edits.items(&peers) {
            edits.remove("peer dropped", &peer, "left out");
            change_peer(edits, &peers, &peer);
        }
        edits.append("peer added", &peers, "all pods added", json!({"namespaces": {}}));
        change_protocols(edits, &rule);
    }
}

fn change_subject(edits: &mut Edits<'_>) {
    const SUBJECT: &str = "/spec/subject";
    edits.set("subject widened", SUBJECT, "all pods", json!({"namespaces": {}}));
    let namespaces = edits.get("/spec/subject/namespaces");
    if namespaces.is_object() {
        let pods = json!({"pods": {"namespaceSelector": namespaces, "podSelector": {}}});
        edits.set("subject written otherwise", SUBJECT, "as pods", pods);
        let some = json!({"pods": {"namespaceSelector": namespaces, "podSelector": {"matchLabels": {"app": "web"}}}});
        edits.set("subject narrowed", SUBJECT, "only app=web", some);
    } else {
        let namespaces = edits.get("/spec/subject/pods/namespaceSelector").clone();
        edits.set("subject widened", SUBJECT, "all pods of the namespaces", json!({"namespaces": namespaces}));
    }
}

/// Two neighbours in the other order.
fn change_order(edits: &mut Edits<'_>, direction: Direction) {
    let rules = format!("/spec/{}", direction.field);
    for at in 1..edits.items(&rules).len() {
        edits.edit("order changed", &rules, format!("rules {} and {at} in the other order", at - 1), |rules| {
            if let Value::Array(rules) = rules {
                rules.swap(at - 1, at);
            }
        });
    }
}

fn add_rules(edits: &mut Edits<'_>, direction: Direction) {
    let rules = format!("/spec/{}", direction.field);
    let peers = direction.peers;
    for action in ["Accept", "Deny", "Pass"] {
        let all = json!({"action": action, peers: [{"namespaces": {}}]});
        let udp = json!({"action": action, peers: [{"namespaces": {}}],
            "protocols": [{"udp": {"destinationPort": {"range": {"start": 1, "end": 65535}}}}]});
        for (rule, what) in [(all, "everything"), (udp, "all of UDP")] {
            edits.append("rule added", &rules, format!("{action} {what} at the end"), rule.clone());
            let mut first = edits.get(&rules).as_array().cloned().unwrap_or_default();
            first.insert(0, rule);
            edits.set("rule added", &rules, format!("{action} {what} at the beginning"), first);
        }
    }
}

fn change_peer(edits: &mut Edits<'_>, peers: &str, peer: &str) {
    let pods = format!("{peer}/pods");
    let namespaces = edits.get(&format!("{pods}/namespaceSelector"));
    if namespaces.is_object() {
        edits.set("peer widened", peer, "all pods of the namespaces", json!({"namespaces": namespaces}));
        let either = [
            json!({"namespaces": namespaces}),
            json!({"pods": {"namespaceSelector": {}, "podSelector": edits.get(&format!("{pods}/podSelector"))}}),
        ];
        let mut items = edits.get(peers).as_array().cloned().unwrap_or_default();
        items.extend(either);
        edits.set("AND written as OR", peers, "either selector is enough", items);
    }
    let networks = format!("{peer}/networks");
    for network in edits.items(&networks) {
        edits.remove("block dropped", &network, "left out");
        if let Some(block) = edits.get(&network).as_str().and_then(|text| text.parse::<IpNet>().ok()) {
            other_blocks(edits, "block", &network, block);
        }
    }
    if !edits.items(&networks).is_empty() {
        for cidr in ["11.0.0.0/8", "::/0"] {
            edits.append("block added", &networks, format!("{cidr} added"), json!(cidr));
        }
    }
}

fn change_protocols(edits: &mut Edits<'_>, rule: &str) {
    let protocols = format!("{rule}/protocols");
    let items = edits.items(&protocols);
    if items.is_empty() {
        let port = |number: u16| json!([{"tcp": {"destinationPort": {"number": number}}}]);
        edits.set("rule narrowed", &protocols, "only 8080/TCP", port(8080));
        let all = |name: &str| json!({name: {"destinationPort": {"range": {"start": 1, "end": 65535}}}});
        edits.set("rule narrowed", &protocols, "only TCP", json!([all("tcp")]));
        edits.set("ports written otherwise", &protocols, "all three", json!([all("tcp"), all("udp"), all("sctp")]));
        return;
    }
    edits.remove("ports emptied", &protocols, "left out");
    for item in items {
        edits.remove("port dropped", &item, "left out");
        for (name, port) in edits.get(&item).as_object().into_iter().flatten() {
            for other in ["tcp", "udp", "sctp"].into_iter().filter(|other| other != name) {
                edits.set("protocol changed", &item, format!("{other} instead of {name}"), json!({other: port}));
            }
            let Some(number) = port["destinationPort"]["number"].as_u64() else { continue };
            let place = format!("{item}/{name}/destinationPort");
            edits.set("port moved", &place, (number + 1).to_string(), json!({"number": number + 1}));
            for (start, end) in [(number, number + 1), (number - 1, number), (number, 65535)] {
                let range = json!({"range": {"start": start, "end": end}});
                edits.set("port widened", &place, format!("{start} to {end}"), range);
            }
        }
    }
}
