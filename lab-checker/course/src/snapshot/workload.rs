//! Pods, and the workloads that make them.

use std::collections::HashMap;

use manifest::kinds::{self, Kind};
use netpol::{ObjectName, Protocol};
use serde_json::Value;

use super::object::{kind, list, object_name};

/// Whether objects of this kind make pods.
pub(crate) fn is_workload(object: &Value) -> bool {
    kinds::of(object).is_some_and(Kind::is_workload)
}

/// The ports that the containers of a pod or a template declare.
pub(crate) fn declared_ports(template: &Value) -> Vec<(u16, Protocol)> {
    let containers = list(&template["spec"]["containers"]).chain(list(&template["spec"]["initContainers"]));
    containers
        .flat_map(|container| list(&container["ports"]))
        .filter_map(|port| {
            let number = u16::try_from(port["containerPort"].as_u64()?).ok()?;
            let protocol = port["protocol"].as_str().map_or(Ok(Protocol::Tcp), str::parse).ok()?;
            Some((number, protocol))
        })
        .collect()
}

/// Whether this is a pod of the cluster's DNS.
pub(crate) fn is_dns_pod(object: &Value) -> bool {
    let metadata = &object["metadata"];
    kind(object) == "Pod" && metadata["namespace"] == "kube-system" && metadata["labels"]["k8s-app"] == "kube-dns"
}

/// Which workload a pod belongs to, through the ReplicaSet or Job between them.
pub(crate) struct Owners(HashMap<(&'static str, ObjectName), String>);

impl Owners {
    /// Reads who owns whom.
    pub(crate) fn new<'a>(objects: impl IntoIterator<Item = &'a Value>) -> Self {
        let between = |object: &&Value| matches!(kind(object), "ReplicaSet" | "Job");
        let owners = objects.into_iter().filter(between).filter_map(|object| {
            let kind = if kind(object) == "Job" { "Job" } else { "ReplicaSet" };
            let owner = list(&object["metadata"]["ownerReferences"]).next()?["name"].as_str()?;
            Some(((kind, object_name(object)), owner.to_owned()))
        });
        Self(owners.collect())
    }

    /// The workload that a pod belongs to.
    pub(crate) fn of(&self, pod: &Value) -> Option<ObjectName> {
        let namespace = pod["metadata"]["namespace"].as_str().unwrap_or_default();
        let reference = list(&pod["metadata"]["ownerReferences"]).find(|owner| owner["kind"] != "Node")?;
        let name = reference["name"].as_str()?;
        let key = |kind| (kind, ObjectName::new(namespace, name));
        let owner = match reference["kind"].as_str()? {
            "ReplicaSet" => self.0.get(&key("ReplicaSet")).map(String::as_str).or_else(|| deployment_of(pod, name)),
            "Job" => self.0.get(&key("Job")).map(String::as_str),
            _ => None,
        };
        Some(ObjectName::new(namespace, owner.unwrap_or(name)))
    }
}

/// A Deployment's ReplicaSets are called after it and the hash of their template.
fn deployment_of<'a>(pod: &Value, replica_set: &'a str) -> Option<&'a str> {
    let hash = pod["metadata"]["labels"]["pod-template-hash"].as_str()?;
    replica_set.strip_suffix(hash)?.strip_suffix('-')
}
