//! What stands around an answer: other namespaces, labels and ports, which changes can turn to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::snapshot::{is_workload, kind, list, pod_template};

/// What a lab has beside the object that is changed.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    /// The lab's namespaces, and kube-system.
    pub(super) namespaces: BTreeSet<String>,
    /// The values that pods of today have for each label.
    pub(super) values: BTreeMap<String, BTreeSet<String>>,
    /// The ports that pods declare: name, number, protocol.
    pub(super) ports: BTreeSet<(String, u64, String)>,
    /// The namespaces and names of pods and workloads.
    pub(super) pods: BTreeSet<(String, String)>,
}

impl Surroundings {
    pub(super) fn of(start: &[Value], answer: &[Value]) -> Self {
        let mut surroundings = Self { namespaces: BTreeSet::from(["kube-system".to_owned()]), ..Self::default() };
        for object in start.iter().chain(answer) {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            if kind(object) == "Namespace" {
                surroundings.namespaces.insert(text(&object["metadata"]["name"]));
            }
            if kind(object) == "Pod" || is_workload(object) {
                surroundings.pods.insert((text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"])));
            }
            let Some(template) = pod_template(object) else { continue };
            for (key, value) in template["metadata"]["labels"].as_object().into_iter().flatten() {
                surroundings.values.entry(key.clone()).or_default().insert(text(value));
            }
            for port in list(&template["spec"]["containers"]).flat_map(|container| list(&container["ports"])) {
                let protocol = port["protocol"].as_str().unwrap_or("TCP").to_owned();
                let number = port["containerPort"].as_u64().unwrap_or_default();
                surroundings.ports.insert((text(&port["name"]), number, protocol));
            }
        }
        surroundings
    }

    /// Other namespaces than this one.
    pub(super) fn other_namespaces<'a>(&'a self, than: &'a str) -> impl Iterator<Item = &'a str> {
        self.namespaces.iter().map(String::as_str).filter(move |name| *name != than)
    }

    /// Other values of a label: those of pods of today, and one that nothing has.
    pub(super) fn other_values(&self, key: &str, than: &str) -> Vec<String> {
        let known = self.values.get(key).into_iter().flatten().filter(|value| *value != than).cloned();
        known.chain([format!("{than}2")]).collect()
    }
}
