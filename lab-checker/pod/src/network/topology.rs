//! The network at one revision, as data: who listens where, what stands behind a Service.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use netpol::{Engine, ObjectName, Protocol};

use super::started::Started;
use crate::image::Listener;

/// The network at one revision.
pub struct Network {
    pub(super) engine: Engine,
    pub(super) pods: HashMap<ObjectName, PodNetwork>,
    pub(super) by_address: HashMap<IpAddr, ObjectName>,
    pub(super) services: BTreeMap<ObjectName, ServiceNetwork>,
    /// The nodes' addresses, in the order of their names; the API server is on the first.
    pub(super) nodes: Vec<IpAddr>,
    pub(super) namespaces: Vec<String>,
    pub(super) started: Started,
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

/// Takes a line of an access log.
type Log = dyn Fn(&ObjectName, String) + Send + Sync;

/// Reads a file of the container that serves a pod's traffic.
type Page = dyn Fn(&ObjectName, &str) -> Option<Vec<u8>> + Send + Sync;

/// The network at any moment, where a server's access log goes, and what it serves.
#[derive(Clone)]
pub struct NetworkView {
    current: Arc<dyn Fn() -> Arc<Network> + Send + Sync>,
    log: Arc<Log>,
    page: Arc<Page>,
}

impl NetworkView {
    /// A view that asks `current` each time, gives lines of access logs to `log`, and reads files by `page`.
    pub fn new(
        current: impl Fn() -> Arc<Network> + Send + Sync + 'static,
        log: impl Fn(&ObjectName, String) + Send + Sync + 'static,
        page: impl Fn(&ObjectName, &str) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        Self { current: Arc::new(current), log: Arc::new(log), page: Arc::new(page) }
    }

    /// A file of the container that serves a pod's traffic.
    pub(crate) fn page(&self, pod: &ObjectName, path: &str) -> Option<Vec<u8>> {
        (self.page)(pod, path)
    }

    /// The network now.
    pub(crate) fn current(&self) -> Arc<Network> {
        (self.current)()
    }

    /// Writes a line into the log of the container that serves a pod's traffic.
    pub(crate) fn log(&self, pod: &ObjectName, line: String) {
        (self.log)(pod, line);
    }
}

impl Network {
    /// The first address of a pod.
    pub(crate) fn address_of(&self, pod: &ObjectName) -> Option<IpAddr> {
        self.pods.get(pod)?.addresses.first().copied()
    }
}
