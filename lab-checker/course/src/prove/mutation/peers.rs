//! The items of `from` and `to` of NetworkPolicies.

use serde_json::{Value, json};

use super::edit::Edits;
use super::places::rules;
use super::surroundings::Surroundings;

pub(super) fn change(edits: &mut Edits<'_>, surroundings: &Surroundings) {
    for (direction, rule) in rules(edits) {
        let peers = format!("{rule}/{}", direction.peers);
        let items = edits.items(&peers);
        for (at, peer) in items.iter().enumerate() {
            edits.remove("peer dropped", peer, "left out");
            widen(edits, peer);
            elsewhere(edits, peer, surroundings);
            and_as_or(edits, &peers, at, peer);
            if let Some(next) = items.get(at + 1) {
                or_as_and(edits, &peers, at, (peer, next));
            }
        }
        if !items.is_empty() {
            add(edits, &peers);
        }
    }
}

fn add(edits: &mut Edits<'_>, peers: &str) {
    const ADDED: &str = "peer added";
    edits.append(ADDED, peers, "all pods of the namespace added", json!({"podSelector": {}}));
    edits.append(ADDED, peers, "all pods of all namespaces added", json!({"namespaceSelector": {}}));
    for cidr in ["11.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/32"] {
        edits.append("block added", peers, format!("{cidr} added"), json!({"ipBlock": {"cidr": cidr}}));
    }
}

fn has(edits: &Edits<'_>, peer: &str, field: &str) -> bool {
    edits.get(&format!("{peer}/{field}")).is_object()
}

fn widen(edits: &mut Edits<'_>, peer: &str) {
    let both = has(edits, peer, "podSelector") && has(edits, peer, "namespaceSelector");
    for field in ["podSelector", "namespaceSelector"] {
        if both {
            edits.remove("peer's selector dropped", &format!("{peer}/{field}"), "left out");
        } else if !has(edits, peer, "ipBlock") {
            edits.set("peer widened", &format!("{peer}/{field}"), "made {}", json!({}));
        }
    }
    if !has(edits, peer, "ipBlock") {
        edits.set("peer widened", peer, "every IPv4 address instead", json!({"ipBlock": {"cidr": "0.0.0.0/0"}}));
    }
}

/// The same pods of another namespace.
fn elsewhere(edits: &mut Edits<'_>, peer: &str, surroundings: &Surroundings) {
    if has(edits, peer, "ipBlock") {
        return;
    }
    for namespace in &surroundings.namespaces {
        let selector = json!({"matchLabels": {"kubernetes.io/metadata.name": namespace}});
        let place = format!("{peer}/namespaceSelector");
        edits.set("peer in another namespace", &place, format!("pods of {namespace}"), selector);
    }
}

/// The dash that makes two peers of one.
fn and_as_or(edits: &mut Edits<'_>, peers: &str, at: usize, peer: &str) {
    if !(has(edits, peer, "podSelector") && has(edits, peer, "namespaceSelector")) {
        return;
    }
    let (pods, namespaces) =
        (edits.get(&format!("{peer}/podSelector")).clone(), edits.get(&format!("{peer}/namespaceSelector")).clone());
    edits.edit("AND written as OR", peers, format!("item {at} made two"), |items| {
        if let Value::Array(items) = items {
            items.splice(at..=at, [json!({"namespaceSelector": namespaces}), json!({"podSelector": pods})]);
        }
    });
}

/// The dash left out between two peers.
fn or_as_and(edits: &mut Edits<'_>, peers: &str, at: usize, (one, next): (&str, &str)) {
    let fields = |peer: &str| edits.get(peer).as_object().cloned().unwrap_or_default();
    let (one, next) = (fields(one), fields(next));
    let blocks = one.contains_key("ipBlock") || next.contains_key("ipBlock");
    if blocks || next.keys().any(|field| one.contains_key(field)) {
        return;
    }
    let merged: serde_json::Map<String, Value> = one.into_iter().chain(next).collect();
    edits.edit("OR written as AND", peers, format!("items {at} and {} made one", at + 1), |items| {
        if let Value::Array(items) = items {
            items.splice(at..=at + 1, [Value::Object(merged)]);
        }
    });
}
