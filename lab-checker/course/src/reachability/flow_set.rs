//! The flows that can be named in a set of objects: its endpoints, and the cells between them, each a flow that
//! has a verdict. A lab's flows are fixed by its start; what a learner adds does not change them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use manifest::ObjectId;
use netpol::{FlowText, ObjectName, Protocol};
use serde_json::Value;

use crate::snapshot;

/// A port number of a protocol.
pub(crate) type Port = (u16, Protocol);

/// The ports of `kube-dns` that it is always judged at.
const DNS_PORTS: [Port; 2] = [(53, Protocol::Udp), (53, Protocol::Tcp)];

/// The port of an external address that has none of its own.
const HTTPS: Port = (443, Protocol::Tcp);

/// One end of flows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedEndpoint {
    /// How it is written.
    pub(crate) name: String,
    pub(crate) kind: EndpointKind,
    /// What flows to it are judged at.
    pub(crate) ports: Vec<Port>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EndpointKind {
    /// A pod, or all pods of a workload.
    Pod(ObjectName),
    /// The cluster's DNS pods.
    Dns,
    /// An address outside the cluster.
    Address(IpAddr),
}

/// A flow of a set: indexes of endpoints, and a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CellKey {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) port: Port,
}

/// All endpoints and all cells.
#[derive(Clone, Debug, Default)]
pub(crate) struct FlowSet {
    /// The namespaces that the objects make or stand in, and that of the DNS pods.
    pub(crate) namespaces: BTreeSet<String>,
    pub(crate) endpoints: Vec<NamedEndpoint>,
    pub(crate) cells: Vec<CellKey>,
}

/// What a flow set is made of beside pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FlowOptions {
    /// Whether pods are judged at the ports that they declare.
    pub(crate) declared: bool,
    /// Ports at which every pod is judged, the DNS pods too.
    pub(crate) ports: Vec<Port>,
    /// Addresses, with their own ports.
    pub(crate) external: BTreeMap<IpAddr, Vec<Port>>,
    /// Whether the DNS pods are an endpoint.
    pub(crate) dns: bool,
}

impl FlowSet {
    /// The flows of these objects. Pods stand in the order of their names; the DNS pods are never pods of
    /// their own, but all together `kube-dns`.
    pub(crate) fn new(start: &[Value], options: &FlowOptions) -> Self {
        let mut pods: BTreeMap<ObjectName, Vec<Port>> = BTreeMap::new();
        for object in start.iter().filter(|object| !snapshot::is_dns_pod(object)) {
            let Some(template) = snapshot::pod_template(object) else { continue };
            let declared = pods.entry(snapshot::object_name(object)).or_default();
            if options.declared {
                declared.extend(snapshot::declared_ports(template));
            }
            declared.extend(&options.ports);
        }
        let mut endpoints: Vec<NamedEndpoint> = pods
            .into_iter()
            .map(|(name, ports)| NamedEndpoint { name: name.to_string(), kind: EndpointKind::Pod(name), ports })
            .collect();
        if options.dns {
            let ports = DNS_PORTS.iter().chain(&options.ports).copied().collect();
            endpoints.push(NamedEndpoint { name: "kube-dns".into(), kind: EndpointKind::Dns, ports });
        }
        for (address, own) in &options.external {
            let ports = match (own.is_empty(), options.ports.is_empty()) {
                (false, _) => own.clone(),
                (true, false) => options.ports.clone(),
                (true, true) => vec![HTTPS],
            };
            endpoints.push(NamedEndpoint { name: address.to_string(), kind: EndpointKind::Address(*address), ports });
        }
        for endpoint in &mut endpoints {
            endpoint.ports.sort_by_key(|(number, protocol)| (*number, *protocol));
            endpoint.ports.dedup();
        }
        let cells = cells(&endpoints);
        Self { namespaces: namespaces(start), endpoints, cells }
    }

    /// A cell's flow, as people write it.
    pub(crate) fn flow(&self, cell: &CellKey) -> FlowText {
        FlowText {
            from: self.endpoints[cell.from].name.clone(),
            to: self.endpoints[cell.to].name.clone(),
            port: cell.port.0,
            protocol: cell.port.1,
        }
    }

    /// The names of all endpoints.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.endpoints.iter().map(|endpoint| endpoint.name.as_str())
    }
}

fn namespaces(start: &[Value]) -> BTreeSet<String> {
    let name = |object: &Value| match snapshot::kind(object) {
        "Namespace" => object["metadata"]["name"].as_str().map(str::to_owned),
        _ => ObjectId::of(object).namespace,
    };
    start.iter().filter_map(name).chain(["kube-system".to_owned()]).collect()
}

fn cells(endpoints: &[NamedEndpoint]) -> Vec<CellKey> {
    let is_address = |endpoint: &NamedEndpoint| matches!(endpoint.kind, EndpointKind::Address(_));
    let mut cells = Vec::new();
    for (from, source) in endpoints.iter().enumerate() {
        for (to, destination) in endpoints.iter().enumerate() {
            if from != to && !(is_address(source) && is_address(destination)) {
                cells.extend(destination.ports.iter().map(|&port| CellKey { from, to, port }));
            }
        }
    }
    cells
}
