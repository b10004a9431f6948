//! Nodes have names that tell of machines. Which pods share one counts, what it is called does not.

use std::collections::HashMap;

use serde_json::Value;

use super::scope::Scope;

/// Names for nodes that say nothing: the same for the same node. Those that the lab itself speaks of stay.
pub(super) struct NodeNames<'a> {
    scope: &'a Scope,
    given: HashMap<String, String>,
}

impl<'a> NodeNames<'a> {
    pub(super) fn new(scope: &'a Scope) -> Self {
        Self { scope, given: HashMap::new() }
    }

    /// Renames the node of a reduced pod, pod template or node.
    pub(super) fn rename(&mut self, object: &mut Value) {
        let places = match object["kind"].as_str() {
            Some("Node") => ["/metadata/name"].as_slice(),
            _ => &["/spec/nodeName", "/spec/template/spec/nodeName", "/spec/jobTemplate/spec/template/spec/nodeName"],
        };
        for place in places {
            if let Some(Value::String(name)) = object.pointer_mut(place)
                && !name.is_empty()
                && !self.scope.names_node(name)
            {
                *name = self.of(name);
            }
        }
    }

    fn of(&mut self, name: &str) -> String {
        let number = self.given.len() + 1;
        self.given.entry(name.to_owned()).or_insert_with(|| format!("some-node-{number}")).clone()
    }
}
