//! The cluster as the engine sees it: the objects that decide about traffic, and nothing else.

use std::net::IpAddr;

use ipnet::IpNet;

use super::cluster_policy::ClusterNetworkPolicy;
use super::policy::NetworkPolicy;
use super::port::{PortRef, Protocol};
use super::selector::Labels;

/// A cluster at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The namespaces.
    pub namespaces: Vec<Namespace>,
    /// The pods, finished ones included; see [`Pod::is_endpoint`].
    pub pods: Vec<Pod>,
    /// The Services.
    pub services: Vec<Service>,
    /// The nodes, when they are known.
    pub nodes: Vec<Node>,
    /// The NetworkPolicies, in any order.
    pub policies: Vec<NetworkPolicy>,
    /// The ClusterNetworkPolicies, in any order.
    pub cluster_policies: Vec<ClusterNetworkPolicy>,
    /// What NetworkPolicies say in vain: their rules for a direction that their `policyTypes` do not
    /// list, as a policy of the same name that has nothing else. No verdict depends on it, explanations
    /// and findings tell it.
    pub unlisted: Vec<NetworkPolicy>,
    /// Which networks the cluster has, as far as somebody has told.
    pub networks: Networks,
}

/// The networks of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks {
    /// Where pods have their addresses: all pods, or those of a node.
    pub pods: Vec<(Option<String>, IpNet)>,
    /// Where Services have their addresses.
    pub services: Vec<IpNet>,
    /// Where pods of tomorrow are looked for, when that is not where those of today are.
    pub strangers: Vec<IpNet>,
    /// Whether every address that is no pod's is the unnamed node's: nobody has told which nodes there are.
    pub outside_is_node: bool,
}

/// A namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.labels`, `kubernetes.io/metadata.name` always among them.
    pub labels: Labels,
}

/// A pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pod {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.labels`.
    pub labels: Labels,
    /// `status.podIPs`: at most one per address family. For a host-network pod its node's.
    pub addresses: Vec<IpAddr>,
    /// The ports that its containers declare.
    pub ports: Vec<ContainerPort>,
    /// `spec.hostNetwork`.
    pub host_network: bool,
    /// `spec.nodeName`.
    pub node: Option<String>,
    /// `status.hostIPs`: the addresses of its node, from which it can always be reached.
    pub host_addresses: Vec<IpAddr>,
    /// Whether `addresses` stand in for those that nobody has told: files name none.
    pub assumed: bool,
    /// Whether it ran to its end (phase Succeeded or Failed).
    pub finished: bool,
}

/// A port that a container declares.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContainerPort {
    /// `name`.
    pub name: Option<String>,
    /// `containerPort`.
    pub number: u16,
    /// `protocol`.
    pub protocol: Protocol,
}

/// A Service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `spec.selector` as `matchLabels`; `None` when the Service picks no pods by itself.
    pub selector: Option<Labels>,
    /// `spec.clusterIPs`; empty for a headless Service.
    pub addresses: Vec<IpAddr>,
    /// `spec.ports`.
    pub ports: Vec<ServicePort>,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// `name`.
    pub name: Option<String>,
    /// `port`: what clients connect to.
    pub port: u16,
    /// `targetPort`: where the pod listens; the same as `port` when left out.
    pub target: PortRef,
    /// `protocol`.
    pub protocol: Protocol,
}

/// A node. One without a name stands in for those that nobody has told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.labels`.
    pub labels: Labels,
    /// `status.addresses` of type InternalIP or ExternalIP.
    pub addresses: Vec<IpAddr>,
}

impl Snapshot {
    /// Where the node stands that is unnamed, as whatever host-network pods run on that no known node has.
    pub(crate) fn unnamed_node(&self) -> Option<usize> {
        self.nodes.iter().rposition(|node| node.name.is_empty())
    }
}

impl Pod {
    /// Whether one of its containers declares this port under this name.
    #[must_use]
    pub fn declares_named(&self, name: &str, protocol: Protocol, number: u16) -> bool {
        let is = |port: &ContainerPort| {
            port.number == number && port.protocol == protocol && port.name.as_deref() == Some(name)
        };
        self.ports.iter().any(is)
    }

    /// The number of the port that its containers declare under this name for this protocol.
    #[must_use]
    pub fn named_port(&self, name: &str, protocol: Protocol) -> Option<u16> {
        let named = |port: &&ContainerPort| port.protocol == protocol && port.name.as_deref() == Some(name);
        self.ports.iter().find(named).map(|port| port.number)
    }

    /// Whether traffic can start or end here: a finished pod and a pod without an address are no
    /// endpoints.
    #[must_use]
    pub fn is_endpoint(&self) -> bool {
        !self.finished && !self.addresses.is_empty()
    }
}
