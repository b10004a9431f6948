//! The network at one revision, as data: who listens where, what stands behind a Service.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use netpol::{Engine, ObjectName, Protocol};

use super::opened_ports::OpenedPorts;
use crate::image::Listener;

/// What the network does with a packet that a policy blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Blocked {
    /// It is dropped: the client waits until it gives up.
    #[default]
    Dropped,
    /// The sender is told: the connection is refused.
    Rejected,
}

/// The network at one revision.
pub struct Network {
    pub(super) engine: Engine,
    pub(super) pods: HashMap<ObjectName, PodNetwork>,
    pub(super) by_address: HashMap<IpAddr, ObjectName>,
    pub(super) services: BTreeMap<ObjectName, ServiceNetwork>,
    /// The nodes' addresses, in the order of their names; the API server is on the first.
    pub(super) nodes: Vec<IpAddr>,
    pub(super) namespaces: Vec<String>,
    pub(super) opened: OpenedPorts,
    pub(super) blocked: Blocked,
}

/// What of a pod matters to packets and names.
pub(super) struct PodNetwork {
    pub(super) addresses: Vec<IpAddr>,
    pub(super) host_network: bool,
    pub(super) listeners: Vec<Listener>,
    pub(super) hostname: String,
    /// `spec.subdomain`: the headless Service under which the pod has a name of its own.
    pub(super) subdomain: Option<String>,
    /// Whether names of the cluster resolve (`dnsPolicy`).
    pub(super) cluster_dns: bool,
}

/// A Service with what stands behind it.
pub(super) struct ServiceNetwork {
    /// Empty for a headless Service.
    pub(super) addresses: Vec<IpAddr>,
    pub(super) external_name: Option<String>,
    pub(super) ports: Vec<ServicePort>,
    pub(super) slices: Vec<Slice>,
}

pub(super) struct ServicePort {
    pub(super) name: String,
    pub(super) port: u16,
    pub(super) protocol: Protocol,
    pub(super) node_port: Option<u16>,
}

/// An EndpointSlice.
pub(super) struct Slice {
    pub(super) ports: Vec<(String, u16, Protocol)>,
    pub(super) endpoints: Vec<Backend>,
}

/// An address behind a Service.
#[derive(Clone)]
pub(super) struct Backend {
    pub(super) address: IpAddr,
    pub(super) ready: bool,
    pub(super) pod: Option<ObjectName>,
}

impl Network {
    /// The first address of a pod.
    pub(crate) fn address_of(&self, pod: &ObjectName) -> Option<IpAddr> {
        self.pods.get(pod)?.addresses.first().copied()
    }
}
