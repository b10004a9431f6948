//! The cluster without its policies: which pods, namespaces and other addresses there are. Who has which address
//! is asked of the room that gives pods of files theirs; what policies say is not.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use manifest::Source;
use serde_json::Value;

use super::endpoint::{Endpoint, Kind};
use super::policy::Policy;
use super::ports::Protocol;
use super::selector::{Labels, NAME_LABEL};
use crate::snapshot::kind;

/// A cluster.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    pub(super) pods: Vec<Endpoint>,
    /// The namespaces with their labels.
    pub(super) namespaces: BTreeMap<String, Labels>,
    /// Addresses that are no pod's and not outside either: of nodes, of Services, of host-network pods.
    pub(super) reserved: BTreeSet<IpAddr>,
    pub(super) policies: Vec<Policy>,
}

impl Cluster {
    /// Reads objects; of the same object twice, the last. `None` when pods or namespaces cannot be read.
    pub(super) fn read(objects: &[Value]) -> Option<Self> {
        let policies = Policy::all(objects);
        let rest: Vec<Value> =
            objects.iter().filter(|object| !kind(object).ends_with("NetworkPolicy")).cloned().collect();
        let snapshot = manifest::lower(&rest, Source::Files).ok()?;
        let mut namespaces: BTreeMap<String, Labels> =
            snapshot.namespaces.into_iter().map(|namespace| (namespace.name, namespace.labels)).collect();
        for namespace in objects.iter().filter_map(|object| object["metadata"]["namespace"].as_str()) {
            let labels = || Labels::from([(NAME_LABEL.to_owned(), namespace.to_owned())]);
            namespaces.entry(namespace.to_owned()).or_insert_with(labels);
        }
        let mut reserved: BTreeSet<IpAddr> = BTreeSet::new();
        reserved.extend(snapshot.nodes.iter().flat_map(|node| &node.addresses));
        reserved.extend(snapshot.services.iter().flat_map(|service| &service.addresses));
        let mut pods = Vec::new();
        for pod in snapshot.pods.iter().filter(|pod| pod.is_endpoint()) {
            reserved.extend(&pod.host_addresses);
            if pod.host_network {
                reserved.extend(&pod.addresses);
                continue;
            }
            pods.extend(pod.addresses.iter().map(|address| endpoint(pod, *address, &namespaces)));
        }
        Some(Self { pods, namespaces, reserved, policies })
    }
}

fn endpoint(pod: &netpol::Pod, address: IpAddr, namespaces: &BTreeMap<String, Labels>) -> Endpoint {
    let names = pod.ports.iter().filter_map(|port| {
        let protocol = match port.protocol {
            netpol::Protocol::Tcp => Protocol::Tcp,
            netpol::Protocol::Udp => Protocol::Udp,
            netpol::Protocol::Sctp => Protocol::Sctp,
        };
        Some((port.name.clone()?, (port.number, protocol)))
    });
    Endpoint {
        kind: Kind::Pod(pod.name.clone()),
        namespace: pod.namespace.clone(),
        namespace_labels: namespaces.get(&pod.namespace).cloned().unwrap_or_default(),
        labels: pod.labels.clone(),
        address,
        names: names.collect(),
    }
}
