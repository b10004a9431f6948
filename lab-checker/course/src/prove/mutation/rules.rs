//! Whole rules of NetworkPolicies.

use serde_json::{Value, json};

use super::edit::Edits;
use super::places::{DIRECTIONS, Direction, rules};

pub(super) fn change(edits: &mut Edits<'_>) {
    for direction in DIRECTIONS {
        for (rule, what) in more_rules(direction) {
            edits.append("rule added", &format!("/spec/{}", direction.field), what, rule);
        }
    }
    for (direction, rule) in rules(edits) {
        edits.remove("rule dropped", &rule, "left out");
        edits.set("rule emptied", &rule, "made {}", json!({}));
        edits.remove("peers emptied", &format!("{rule}/{}", direction.peers), "left out");
        edits.remove("ports emptied", &format!("{rule}/ports"), "left out");
        narrow(edits, direction, &rule);
        turn_round(edits, direction, &rule);
    }
}

fn more_rules(direction: Direction) -> [(Value, &'static str); 7] {
    let peers = direction.peers;
    [
        (json!({}), "a rule {} added"),
        (json!({"ports": [{"protocol": "UDP"}]}), "a rule for all of UDP added"),
        (json!({"ports": [{"protocol": "SCTP"}]}), "a rule for all of SCTP added"),
        (json!({"ports": [{"protocol": "TCP", "port": 8443}]}), "a rule for everybody on port 8443 added"),
        (json!({peers: [{"podSelector": {}}]}), "a rule for the whole namespace added"),
        (json!({peers: [{"namespaceSelector": {}}]}), "a rule for all pods added"),
        (json!({peers: [{"ipBlock": {"cidr": "11.0.0.0/8"}}]}), "a rule for 11.0.0.0/8 added"),
    ]
}

/// The rule in the other direction.
fn turn_round(edits: &mut Edits<'_>, direction: Direction, rule: &str) {
    let Some(other) = DIRECTIONS.into_iter().find(|other| other.field != direction.field) else { return };
    let mut turned = edits.get(rule).clone();
    if let Some(peers) = turned.as_object_mut().and_then(|fields| fields.remove(direction.peers)) {
        turned[other.peers] = peers;
    }
    let Some(index) = rule.rsplit('/').next().and_then(|index| index.parse::<usize>().ok()) else { return };
    edits.edit(
        "rule in the other direction",
        "/spec",
        format!("{}[{index}] made {}", direction.field, other.field),
        |spec| {
            if let Some(rules) = spec[direction.field].as_array_mut() {
                rules.remove(index);
            }
            match spec.get_mut(other.field).and_then(Value::as_array_mut) {
                Some(rules) => rules.push(turned),
                None => spec[other.field] = json!([turned]),
            }
        },
    );
}

/// Peers or ports where the rule had none.
fn narrow(edits: &mut Edits<'_>, direction: Direction, rule: &str) {
    const NARROWED: &str = "rule narrowed";
    let peers = format!("{rule}/{}", direction.peers);
    if edits.items(&peers).is_empty() {
        edits.set(NARROWED, &peers, "only pods", json!([{"namespaceSelector": {}}]));
        edits.set(NARROWED, &peers, "only 0.0.0.0/0", json!([{"ipBlock": {"cidr": "0.0.0.0/0"}}]));
        edits.set(NARROWED, &peers, "only ::/0", json!([{"ipBlock": {"cidr": "::/0"}}]));
        let addresses = json!([{"ipBlock": {"cidr": "0.0.0.0/0"}}, {"ipBlock": {"cidr": "::/0"}}]);
        edits.set(NARROWED, &peers, "all addresses of both families", addresses);
    }
    let ports = format!("{rule}/ports");
    if edits.items(&ports).is_empty() {
        edits.set(NARROWED, &ports, "only TCP", json!([{"protocol": "TCP"}]));
        edits.set(NARROWED, &ports, "only port 8080", json!([{"protocol": "TCP", "port": 8080}]));
        let two = json!([{"protocol": "TCP"}, {"protocol": "UDP"}]);
        edits.set(NARROWED, &ports, "only TCP and UDP", two);
        edits.set(NARROWED, &ports, "up to 32767", json!([{"protocol": "TCP", "port": 1, "endPort": 32767}]));
    }
}
