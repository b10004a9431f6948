//! The ends of flows: pods that are there, pods that could be there, and addresses outside.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use super::ports::Port;
use super::selector::{Labels, NAME_LABEL};

/// One end of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    pub(crate) kind: Kind,
    /// Empty for an address outside.
    pub(crate) namespace: Arc<str>,
    pub(crate) namespace_labels: Arc<Labels>,
    pub(crate) labels: Arc<Labels>,
    pub(crate) address: IpAddr,
    /// The names of a pod's ports.
    pub(crate) names: Vec<(String, Port)>,
}

/// What an endpoint is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A pod of the cluster, or the pods of a workload, by name.
    Pod(String),
    /// A pod that could be there tomorrow.
    Stranger,
    /// An address outside of the cluster.
    Outside,
}

impl Endpoint {
    /// An address outside of the cluster.
    pub(super) fn outside(address: IpAddr) -> Self {
        Self {
            kind: Kind::Outside,
            namespace: "".into(),
            namespace_labels: Arc::default(),
            labels: Arc::default(),
            address,
            names: Vec::new(),
        }
    }

    /// Whether policies can select it.
    pub(super) fn is_pod(&self) -> bool {
        self.kind != Kind::Outside
    }

    /// Whether a flow between these two is judged: not one between two addresses, and not one of a pod to itself.
    /// A stranger stands for two of its kind. Two pods need addresses of one family.
    pub(super) fn can_call(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Outside, Kind::Outside) => false,
            (Kind::Outside, _) | (_, Kind::Outside) => true,
            (Kind::Pod(a), Kind::Pod(b)) if a == b && self.namespace == other.namespace => false,
            _ => self.address.is_ipv4() == other.address.is_ipv4(),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Pod(name) => write!(f, "{}/{name}", self.namespace),
            Kind::Outside => write!(f, "{}", self.address),
            Kind::Stranger => {
                write!(f, "a new pod {}/{{{}}}", self.namespace, listed(&self.labels))?;
                let own = self.namespace_labels.iter().filter(|(key, _)| *key != NAME_LABEL);
                let own: Labels = own.map(|(key, value)| (key.clone(), value.clone())).collect();
                if !own.is_empty() {
                    write!(f, " (namespace {{{}}})", listed(&own))?;
                }
                for (name, (number, protocol)) in &self.names {
                    write!(f, " with port {name} {number}/{}", protocol.name())?;
                }
                write!(f, " at {}", self.address)
            }
        }
    }
}

fn listed(labels: &Labels) -> String {
    labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}
