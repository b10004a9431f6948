//! The cluster without its policies: which pods, namespaces and other addresses there are. Who has which address
//! is asked of the room that gives pods of files theirs; what policies say is not.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

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
    pub(super) place: Arc<Place>,
    pub(super) policies: Vec<Policy>,
}

/// What policies are about.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) pods: Vec<Endpoint>,
    /// The namespaces with their labels.
    pub(super) namespaces: BTreeMap<String, Arc<Labels>>,
    /// Addresses that are no pod's and not outside either: of nodes, of Services, of host-network pods.
    pub(super) reserved: BTreeSet<IpAddr>,
    /// The objects that it was read from.
    objects: Vec<Value>,
}

impl Cluster {
    /// Reads objects; of the same object twice, the last. `None` when pods or namespaces cannot be read.
    pub(super) fn read(objects: &[Value]) -> Option<Self> {
        Some(Self { place: Arc::new(Place::read(objects)?), policies: Policy::all(objects) })
    }

    /// The same when this one is probably known already but for its policies.
    pub(super) fn read_beside(&self, objects: &[Value]) -> Option<Self> {
        if self.place.objects.iter().eq(Place::of(objects)) {
            return Some(Self { place: Arc::clone(&self.place), policies: Policy::all(objects) });
        }
        Self::read(objects)
    }
}

impl Place {
    /// The objects that are no policies.
    fn of(objects: &[Value]) -> impl Iterator<Item = &Value> {
        objects.iter().filter(|object| !kind(object).ends_with("NetworkPolicy"))
    }

    fn read(objects: &[Value]) -> Option<Self> {
        let rest: Vec<Value> = Self::of(objects).cloned().collect();
        let snapshot = manifest::lower(&rest, Source::Files).ok()?;
        let mut namespaces: BTreeMap<String, Arc<Labels>> =
            snapshot.namespaces.into_iter().map(|namespace| (namespace.name, Arc::new(namespace.labels))).collect();
        for namespace in objects.iter().filter_map(|object| object["metadata"]["namespace"].as_str()) {
            let labels = || Labels::from([(NAME_LABEL.to_owned(), namespace.to_owned())]);
            namespaces.entry(namespace.to_owned()).or_insert_with(|| Arc::new(labels()));
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
        Some(Self { pods, namespaces, reserved, objects: rest })
    }
}

fn endpoint(pod: &netpol::Pod, address: IpAddr, namespaces: &BTreeMap<String, Arc<Labels>>) -> Endpoint {
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
        namespace: pod.namespace.as_str().into(),
        namespace_labels: namespaces.get(&pod.namespace).cloned().unwrap_or_default(),
        labels: Arc::new(pod.labels.clone()),
        address,
        names: names.collect(),
    }
}
