//! ClusterNetworkPolicies that name nodes by their labels, where nothing says which nodes there are.

use serde_json::Value;

use crate::kinds;
use crate::object::{Object, ObjectId};

/// A policy whose rules about nodes cannot be held against any node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownNodes {
    /// The policy.
    pub name: String,
    /// Where it stands: file and line.
    pub place: String,
}

impl UnknownNodes {
    /// All of them in a list of objects; none where a Node is among the objects.
    #[must_use]
    pub fn of_objects(objects: &[Object]) -> Vec<Self> {
        if objects.iter().any(|object| kinds::of(&object.value).is_some_and(|kind| kind.name == "Node")) {
            return Vec::new();
        }
        let policies = objects.iter().filter(|object| names_nodes(&object.value));
        let one = |object: &Object| Self {
            name: ObjectId::of(&object.value).name,
            place: format!("{}:{}", object.origin.file, object.origin.positions.value_at("metadata.name").line),
        };
        policies.map(one).collect()
    }
}

fn names_nodes(object: &Value) -> bool {
    let is_policy = kinds::of(object).is_some_and(|kind| kind.is_policy() && !kind.namespaced);
    is_policy
        && [("ingress", "from"), ("egress", "to")].into_iter().any(|(direction, peers)| {
            let rules = object["spec"][direction].as_array().into_iter().flatten();
            let mut peers = rules.flat_map(|rule| rule[peers].as_array().into_iter().flatten());
            peers.any(|peer| !peer["nodes"].is_null())
        })
}
