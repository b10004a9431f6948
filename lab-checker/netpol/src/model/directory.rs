//! Finding the snapshot's objects by name and by address.

use std::net::IpAddr;

use foldhash::HashMap;

use super::selector::Labels;
use super::snapshot::{Namespace, Node, Pod, Service, Snapshot};

/// The key of the label that Kubernetes puts on every namespace.
pub(crate) const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Where the objects stand in a snapshot's vectors.
#[derive(Clone, Debug, Default)]
pub(crate) struct ObjectIndex {
    namespaces: HashMap<String, usize>,
    pods: HashMap<String, HashMap<String, usize>>,
    pod_addresses: HashMap<IpAddr, usize>,
    service_addresses: HashMap<IpAddr, usize>,
    node_addresses: HashMap<IpAddr, usize>,
}

impl ObjectIndex {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let mut index = Self::default();
        for (at, namespace) in snapshot.namespaces.iter().enumerate() {
            index.namespaces.insert(namespace.name.clone(), at);
        }
        for (at, pod) in snapshot.pods.iter().enumerate() {
            index.pods.entry(pod.namespace.clone()).or_default().insert(pod.name.clone(), at);
            if pod.is_endpoint() && !pod.host_network {
                index.pod_addresses.extend(pod.addresses.iter().map(|address| (*address, at)));
            }
        }
        for (at, service) in snapshot.services.iter().enumerate() {
            index.service_addresses.extend(service.addresses.iter().map(|address| (*address, at)));
        }
        for (at, node) in snapshot.nodes.iter().enumerate() {
            index.node_addresses.extend(node.addresses.iter().map(|address| (*address, at)));
        }
        index
    }
}

/// A snapshot with its index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Directory<'a> {
    pub(crate) snapshot: &'a Snapshot,
    index: &'a ObjectIndex,
}

impl<'a> Directory<'a> {
    /// The index must be that of the snapshot.
    pub(crate) fn new(snapshot: &'a Snapshot, index: &'a ObjectIndex) -> Self {
        Self { snapshot, index }
    }

    pub(crate) fn namespace_labels(&self, name: &str) -> Option<&'a Labels> {
        self.index.namespaces.get(name).map(|&at| &self.snapshot.namespaces[at].labels)
    }

    pub(crate) fn pod(&self, namespace: &str, name: &str) -> Option<&'a Pod> {
        self.index.pods.get(namespace)?.get(name).map(|&at| &self.snapshot.pods[at])
    }

    /// The pod that owns this address; host-network pods only borrow theirs from the node.
    pub(crate) fn pod_at(&self, address: IpAddr) -> Option<&'a Pod> {
        self.index.pod_addresses.get(&address).map(|&at| &self.snapshot.pods[at])
    }

    pub(crate) fn service_at(&self, address: IpAddr) -> Option<&'a Service> {
        self.index.service_addresses.get(&address).map(|&at| &self.snapshot.services[at])
    }

    pub(crate) fn node_number(&self, address: IpAddr) -> Option<usize> {
        let known = self.index.node_addresses.get(&address).copied();
        let is_unnamed = self.snapshot.networks.outside_is_node;
        known.or_else(|| if is_unnamed { self.snapshot.unnamed_node() } else { None })
    }

    pub(crate) fn node_at(&self, address: IpAddr) -> Option<&'a Node> {
        self.node_number(address).map(|at| &self.snapshot.nodes[at])
    }
}

/// Adds the namespaces that pods and policies name but the snapshot lacks, with the one label that a
/// cluster would give them.
pub(crate) fn complete(snapshot: &mut Snapshot) {
    let mut known: std::collections::HashSet<String> =
        snapshot.namespaces.iter().map(|namespace| namespace.name.clone()).collect();
    let named = snapshot.pods.iter().map(|pod| &pod.namespace);
    let named = named.chain(snapshot.policies.iter().map(|policy| &policy.namespace));
    let mut missing = Vec::new();
    for name in named {
        if !known.contains(name) {
            known.insert(name.clone());
            missing.push(implied(name));
        }
    }
    snapshot.namespaces.append(&mut missing);
}

/// A namespace that is only known by its name.
pub(crate) fn implied(name: &str) -> Namespace {
    Namespace { name: name.to_owned(), labels: Labels::from([(NAME_LABEL.to_owned(), name.to_owned())]) }
}
