//! A lint that only texts can have: an API server forgets that `from` or `to` was there and empty.

use netpol::{Finding, Lint};
use serde_json::Value;

use crate::object::ObjectId;

/// Rules of NetworkPolicies whose `from` or `to` is there and names nobody.
#[must_use]
pub fn empty_peers<'a>(objects: impl IntoIterator<Item = &'a Value>) -> Vec<Finding> {
    let policies = objects.into_iter().map(|object| (ObjectId::of(object), object));
    let policies = policies.filter(|(id, _)| id.kind == "NetworkPolicy" && id.group == "networking.k8s.io");
    policies.flat_map(|(id, object)| of_policy(&id, object)).collect()
}

fn of_policy(id: &ObjectId, object: &Value) -> Vec<Finding> {
    let policy = format!("{}/{}", id.namespace.as_deref().unwrap_or_default(), id.name);
    let mut findings = Vec::new();
    for (direction, word, everybody) in [("ingress", "from", "every source"), ("egress", "to", "every destination")] {
        let rules = object["spec"][direction].as_array().into_iter().flatten().enumerate();
        for (at, rule) in rules {
            if !rule.get(word).is_some_and(is_empty) {
                continue;
            }
            let field = format!("spec.{direction}[{at}].{word}");
            let message = format!("`{word}` is there and empty: the rule is about {everybody}, not about none");
            let help = format!(
                "name who is meant below `{word}`; to mean everybody, leave `{word}` out, and to mean nobody, leave \
                 out the rule"
            );
            findings.push(Finding::new(policy.clone(), field, Lint::EmptyPeers, message).with_help(help));
        }
    }
    findings
}

fn is_empty(peers: &Value) -> bool {
    peers.is_null() || peers.as_array().is_some_and(Vec::is_empty)
}
