//! The network of a practice cluster at one revision: who listens where, what names mean, and whether a
//! packet arrives. Policies are judged by `netpol`; Services, DNS and listeners are looked up here.
//!
//! Blocked means dropped: the client waits until it gives up. Allowed with nobody listening means refused.

mod connect;
mod dns;
pub(crate) mod http;
mod objects;
mod records;
mod started;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use netpol::{Engine, ObjectName, Protocol};

use crate::image::Listener;

pub(crate) use connect::{Answering, Outcome};
pub(crate) use dns::Lookup;
pub(crate) use records::reverse_name;
pub(crate) use started::Heard;
pub use started::Started;

/// The network at one revision.
pub struct Network {
    engine: Engine,
    pods: HashMap<ObjectName, PodNetwork>,
    by_address: HashMap<IpAddr, ObjectName>,
    services: BTreeMap<ObjectName, ServiceNetwork>,
    /// The nodes' addresses, in the order of their names; the API server is on the first.
    nodes: Vec<IpAddr>,
    namespaces: Vec<String>,
    started: Started,
}

/// What of a pod matters to packets and names.
struct PodNetwork {
    addresses: Vec<IpAddr>,
    host_network: bool,
    listeners: Vec<Listener>,
    hostname: String,
    /// `spec.subdomain`: the headless Service under which the pod has a name of its own.
    subdomain: Option<String>,
    /// Whether names of the cluster resolve (`dnsPolicy`).
    cluster_dns: bool,
}

/// A Service with what stands behind it.
struct ServiceNetwork {
    /// Empty for a headless Service.
    addresses: Vec<IpAddr>,
    external_name: Option<String>,
    ports: Vec<ServicePort>,
    slices: Vec<Slice>,
}

struct ServicePort {
    name: String,
    port: u16,
    protocol: Protocol,
    node_port: Option<u16>,
}

/// An EndpointSlice.
struct Slice {
    ports: Vec<(String, u16, Protocol)>,
    endpoints: Vec<Backend>,
}

/// An address behind a Service.
#[derive(Clone)]
struct Backend {
    address: IpAddr,
    ready: bool,
    pod: Option<ObjectName>,
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
