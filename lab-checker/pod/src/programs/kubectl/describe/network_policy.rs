//! What a NetworkPolicy allows, rule by rule.

use serde_json::Value;

use super::age::plain;
use super::page::{Page, list, text};
use super::selector::told;

/// One of the two directions.
struct Direction {
    name: &'static str,
    rules: &'static str,
    peers: &'static str,
    peer: &'static str,
    unrestricted: &'static str,
}

const INGRESS: Direction =
    Direction { name: "ingress", rules: "ingress", peers: "from", peer: "From", unrestricted: "source" };
const EGRESS: Direction =
    Direction { name: "egress", rules: "egress", peers: "to", peer: "To", unrestricted: "destination" };

pub(super) fn write(page: &mut Page, policy: &Value) -> bool {
    let (metadata, spec) = (&policy["metadata"], &policy["spec"]);
    page.head(policy);
    page.field(0, "Created on", plain(text(&metadata["creationTimestamp"])));
    page.labels("Labels", &metadata["labels"]);
    page.annotations(&metadata["annotations"]);
    page.line(0, "Spec:");
    let pods = match told(&spec["podSelector"]).as_str() {
        "<none>" => "<none> (Allowing the specific traffic to all pods in this namespace)".to_owned(),
        selector => selector.to_owned(),
    };
    page.line(1, &format!("PodSelector:     {pods}"));
    let types: Vec<&str> = list(&spec["policyTypes"]).map(text).collect();
    for (kind, direction) in [("Ingress", &INGRESS), ("Egress", &EGRESS)] {
        if types.contains(&kind) {
            page.line(1, &format!("Allowing {} traffic:", direction.name));
            rules(page, direction, &spec[direction.rules]);
        } else {
            page.line(1, &format!("Not affecting {} traffic", direction.name));
        }
    }
    page.line(1, &format!("Policy Types: {}", types.join(", ")));
    false
}

fn rules(page: &mut Page, direction: &Direction, rules: &Value) {
    let rules: Vec<&Value> = list(rules).collect();
    if rules.is_empty() {
        page.line(2, &format!("<none> (Selected pods are isolated for {} connectivity)", direction.name));
    }
    for (at, rule) in rules.iter().enumerate() {
        let ports: Vec<&Value> = list(&rule["ports"]).collect();
        if ports.is_empty() {
            page.line(2, "To Port: <any> (traffic allowed to all ports)");
        }
        ports.iter().for_each(|one| page.line(2, &port(one)));
        let peers: Vec<&Value> = list(&rule[direction.peers]).collect();
        if peers.is_empty() {
            page.line(2, &format!("{}: <any> (traffic not restricted by {})", direction.peer, direction.unrestricted));
        }
        for one in peers {
            page.line(2, &format!("{}:", direction.peer));
            peer(page, one);
        }
        if at + 1 < rules.len() {
            page.line(2, "----------");
        }
    }
}

fn port(port: &Value) -> String {
    let protocol = port["protocol"].as_str().unwrap_or("TCP");
    let number = match &port["port"] {
        Value::Null => "<any>".to_owned(),
        Value::String(name) => name.clone(),
        number => number.to_string(),
    };
    match port["endPort"].as_u64() {
        Some(end) => format!("To Port Range: {number}-{end}/{protocol}"),
        None => format!("To Port: {number}/{protocol}"),
    }
}

fn peer(page: &mut Page, peer: &Value) {
    for (field, name) in [("namespaceSelector", "NamespaceSelector"), ("podSelector", "PodSelector")] {
        if peer.get(field).is_some() {
            page.line(3, &format!("{name}: {}", told(&peer[field])));
        }
    }
    if let Some(block) = peer.get("ipBlock") {
        page.line(3, "IPBlock:");
        page.line(4, &format!("CIDR: {}", text(&block["cidr"])));
        let except: Vec<&str> = list(&block["except"]).map(text).collect();
        page.line(4, &format!("Except: {}", except.join(", ")));
    }
}
