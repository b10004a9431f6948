//! The kinds that are read from and written to clusters, and where the API serves them.

use serde_json::Value;

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) api_version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) plural: &'static str,
    pub(crate) namespaced: bool,
    pub(crate) need: Need,
}

/// What it means when a kind cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing can be said without it.
    Always,
    /// It decides about traffic where the cluster has it.
    Decides,
    /// Nice to have.
    Helps,
}

const fn row(
    api_version: &'static str,
    kind: &'static str,
    plural: &'static str,
    namespaced: bool,
    need: Need,
) -> Resource {
    Resource { api_version, kind, plural, namespaced, need }
}

/// Everything that a snapshot or a check may ask for.
pub(crate) const ALL: &[Resource] = &[
    row("v1", "Namespace", "namespaces", false, Need::Always),
    row("v1", "Node", "nodes", false, Need::Helps),
    row("v1", "Pod", "pods", true, Need::Always),
    row("v1", "Service", "services", true, Need::Decides),
    row("v1", "ConfigMap", "configmaps", true, Need::Helps),
    row("apps/v1", "Deployment", "deployments", true, Need::Helps),
    row("apps/v1", "ReplicaSet", "replicasets", true, Need::Helps),
    row("apps/v1", "StatefulSet", "statefulsets", true, Need::Helps),
    row("apps/v1", "DaemonSet", "daemonsets", true, Need::Helps),
    row("batch/v1", "Job", "jobs", true, Need::Helps),
    row("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", true, Need::Always),
    row("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", "clusternetworkpolicies", false, Need::Decides),
    row("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", "adminnetworkpolicies", false, Need::Decides),
    row(
        "policy.networking.k8s.io/v1alpha1",
        "BaselineAdminNetworkPolicy",
        "baselineadminnetworkpolicies",
        false,
        Need::Decides,
    ),
];

/// The kinds whose changes a check reacts to.
pub(crate) const WATCHED: &[&str] = &[
    "Namespace",
    "Pod",
    "Service",
    "ConfigMap",
    "NetworkPolicy",
    "ClusterNetworkPolicy",
    "AdminNetworkPolicy",
    "BaselineAdminNetworkPolicy",
];

impl Resource {
    /// The path of all objects of the kind, in one namespace or in all.
    pub(crate) fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.api_version.contains('/') { "/apis/" } else { "/api/" };
        match namespace.filter(|_| self.namespaced) {
            Some(namespace) => format!("{root}{}/namespaces/{namespace}/{}", self.api_version, self.plural),
            None => format!("{root}{}/{}", self.api_version, self.plural),
        }
    }

    /// The path of one object.
    pub(crate) fn object_path(&self, namespace: Option<&str>, name: &str) -> String {
        format!("{}/{name}", self.path(namespace))
    }
}

/// The path of all objects like this one, in its namespace; kinds that are not listed here follow the API's
/// habits.
pub(crate) fn path_of(object: &Value) -> String {
    let id = manifest::ObjectId::of(object);
    let api_version = object["apiVersion"].as_str().unwrap_or_default();
    match ALL.iter().find(|known| known.kind == id.kind && known.api_version == api_version) {
        Some(known) => known.path(id.namespace.as_deref()),
        None => {
            let root = if api_version.contains('/') { "/apis" } else { "/api" };
            let scope = id.namespace.as_ref().map(|namespace| format!("/namespaces/{namespace}")).unwrap_or_default();
            format!("{root}/{api_version}{scope}/{}", plural(&id.kind))
        }
    }
}

fn plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    match lower.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if lower.ends_with('s') => format!("{lower}es"),
        None => format!("{lower}s"),
    }
}
