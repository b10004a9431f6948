//! What of a cluster belongs to a lab.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::object::{ObjectId, is_in_every_cluster};

/// The cluster's own namespace, where its DNS runs.
const SYSTEM: &str = "kube-system";

/// What of a cluster belongs to a lab, and what a check of the lab reads beside it.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    namespaces: BTreeSet<String>,
    start: BTreeSet<ObjectId>,
    data: BTreeMap<ObjectId, BTreeSet<String>>,
    dns: bool,
    nodes: BTreeSet<String>,
}

impl Scope {
    /// The scope of a lab that begins with these objects and in which one works in this namespace.
    #[must_use]
    pub fn new(start: &[Value], namespace: &str) -> Self {
        let mut scope = Self { namespaces: [namespace.to_owned()].into(), ..Self::default() };
        for object in start {
            let id = ObjectId::of(object);
            match id.kind.as_str() {
                "Namespace" => _ = scope.namespaces.insert(id.name.clone()),
                "Node" => _ = scope.nodes.insert(id.name.clone()),
                "ConfigMap" => {
                    let keys = object["data"].as_object().into_iter().flatten().map(|(key, _)| key.clone());
                    scope.data.entry(id.clone()).or_default().extend(keys);
                }
                _ => {}
            }
            scope.namespaces.extend(id.namespace.clone());
            scope.nodes.extend(object["spec"]["nodeName"].as_str().map(str::to_owned));
            scope.start.insert(id);
        }
        scope
    }

    /// The same for a lab that judges flows to and from the cluster's DNS.
    #[must_use]
    pub fn with_dns(self) -> Self {
        Self { dns: true, ..self }
    }

    /// The same for a lab that reads this key of a ConfigMap.
    #[must_use]
    pub fn with_data(mut self, namespace: &str, name: &str, key: &str) -> Self {
        let id = ObjectId {
            group: String::new(),
            kind: "ConfigMap".to_owned(),
            namespace: Some(namespace.to_owned()),
            name: name.to_owned(),
        };
        self.data.entry(id).or_default().insert(key.to_owned());
        self
    }

    /// Whether an object of a cluster is one that a check of the lab reads. For cluster-wide policies and
    /// for nodes there is more to ask.
    pub(super) fn reads(&self, id: &ObjectId) -> bool {
        match (id.kind.as_str(), &id.namespace) {
            ("Namespace", _) => self.namespaces.contains(&id.name),
            ("ConfigMap", _) => self.data.contains_key(id),
            (_, None) => self.start.contains(id),
            (kind, Some(namespace)) if namespace.starts_with("kube-") && is_in_every_cluster(namespace) => {
                self.start.contains(id) || (kind == "NetworkPolicy" && self.namespaces.contains(namespace))
            }
            (_, Some(namespace)) => self.namespaces.contains(namespace),
        }
    }

    /// The keys of a ConfigMap that are read; `None` when it is none of the lab's.
    pub(super) fn data(&self, id: &ObjectId) -> Option<&BTreeSet<String>> {
        self.data.get(id)
    }

    /// Whether the lab reads the DNS pods, and this is one of them.
    pub(super) fn is_dns_pod(&self, object: &Value) -> bool {
        let metadata = &object["metadata"];
        self.dns
            && object["kind"] == "Pod"
            && metadata["namespace"] == SYSTEM
            && metadata["labels"]["k8s-app"] == "kube-dns"
    }

    /// Whether the lab reads the DNS pods, and this is their namespace.
    pub(super) fn is_dns_namespace(&self, object: &Value) -> bool {
        self.dns && object["kind"] == "Namespace" && object["metadata"]["name"] == SYSTEM
    }

    /// Whether the lab itself speaks of a node of this name.
    pub(super) fn names_node(&self, name: &str) -> bool {
        self.nodes.contains(name)
    }
}
