//! Labs in which the learner finds out what a pod reaches and writes it down in a ConfigMap.

use std::collections::BTreeSet;

use manifest::Source;
use netpol::{ObjectName, Verdict};
use serde_json::Value;

use crate::reachability::{FlowSet, Observation, Port};

/// The key of the ConfigMap under which the list stands.
pub(crate) const LIST: &str = "reachable";

/// The list that is asked for.
#[derive(Clone, Debug)]
pub(crate) struct FindingsGoal {
    /// The pod that looks around.
    pub(crate) from: ObjectName,
    /// Where the list is written, under `data.reachable`.
    pub(crate) config_map: ObjectName,
    /// What the pod reaches in the start, as the engine says.
    pub(crate) reachable: BTreeSet<String>,
}

impl FindingsGoal {
    /// Works out the right list from the lab's start.
    pub(crate) fn new(from: ObjectName, config_map: ObjectName, flows: &FlowSet, start: &[Value]) -> Self {
        let observation = Observation::new(flows, start, Source::Files);
        let name = from.to_string();
        let reached =
            flows.cells.iter().zip(&observation.seen).filter(|(cell, seen)| {
                flows.endpoints[cell.from].name == name && seen.verdict() == Some(Verdict::Allowed)
            });
        let reachable = reached.map(|(cell, _)| entry(&flows.endpoints[cell.to].name, cell.port)).collect();
        Self { from, config_map, reachable }
    }
}

/// An entry of the list, in the form in which entries are compared.
pub(crate) fn entry(endpoint: &str, (number, protocol): Port) -> String {
    format!("{endpoint}:{number}/{protocol}")
}
