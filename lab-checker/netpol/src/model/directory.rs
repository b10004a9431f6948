//! Finding the snapshot's objects by name and by address.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::{Labels, Namespace, Node, Pod, Service, Snapshot};

/// The key of the label that Kubernetes puts on every namespace.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Indexes of a snapshot's vectors.
#[derive(Clone, Debug, Default)]
pub(crate) struct Directory {
    namespaces: HashMap<String, usize>,
    pods: HashMap<String, HashMap<String, usize>>,
    pod_addresses: HashMap<IpAddr, usize>,
    service_addresses: HashMap<IpAddr, usize>,
    node_addresses: HashMap<IpAddr, usize>,
}

impl Directory {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let mut directory = Self::default();
        for (at, namespace) in snapshot.namespaces.iter().enumerate() {
            directory.namespaces.insert(namespace.name.clone(), at);
        }
        for (at, pod) in snapshot.pods.iter().enumerate() {
            directory.pods.entry(pod.namespace.clone()).or_default().insert(pod.name.clone(), at);
            if pod.is_endpoint() && !pod.host_network {
                directory.pod_addresses.extend(pod.addresses.iter().map(|address| (*address, at)));
            }
        }
        for (at, service) in snapshot.services.iter().enumerate() {
            directory.service_addresses.extend(service.addresses.iter().map(|address| (*address, at)));
        }
        for (at, node) in snapshot.nodes.iter().enumerate() {
            directory.node_addresses.extend(node.addresses.iter().map(|address| (*address, at)));
        }
        directory
    }

    pub(crate) fn namespace<'a>(&self, snapshot: &'a Snapshot, name: &str) -> Option<&'a Namespace> {
        self.namespaces.get(name).map(|&at| &snapshot.namespaces[at])
    }

    pub(crate) fn pod<'a>(&self, snapshot: &'a Snapshot, namespace: &str, name: &str) -> Option<&'a Pod> {
        self.pods.get(namespace)?.get(name).map(|&at| &snapshot.pods[at])
    }

    /// The pod that owns this address; host-network pods only borrow theirs from the node.
    pub(crate) fn pod_at<'a>(&self, snapshot: &'a Snapshot, address: IpAddr) -> Option<&'a Pod> {
        self.pod_addresses.get(&address).map(|&at| &snapshot.pods[at])
    }

    pub(crate) fn service_at<'a>(&self, snapshot: &'a Snapshot, address: IpAddr) -> Option<&'a Service> {
        self.service_addresses.get(&address).map(|&at| &snapshot.services[at])
    }

    pub(crate) fn node_number(&self, address: IpAddr) -> Option<usize> {
        self.node_addresses.get(&address).copied()
    }

    pub(crate) fn node_at<'a>(&self, snapshot: &'a Snapshot, address: IpAddr) -> Option<&'a Node> {
        self.node_addresses.get(&address).map(|&at| &snapshot.nodes[at])
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
