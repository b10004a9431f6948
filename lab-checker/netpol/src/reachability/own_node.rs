//! A pod can always be reached from its own node: the sources for which that matters, and the pods on
//! their node.

use std::collections::HashMap;
use std::net::IpAddr;

use super::picked::{EndpointId, Picked, PickedEndpoint};
use crate::engine::Engine;

/// Whether a flow is allowed because its source is the node that the destination pod runs on.
pub(crate) fn exempts(engine: &Engine, source: &PickedEndpoint, destination: &PickedEndpoint) -> bool {
    let snapshot = engine.snapshot();
    let EndpointId::Pod(to) = destination.id else { return false };
    let to = &snapshot.pods[to as usize];
    if to.host_network {
        return false;
    }
    let Some((name, addresses)) = as_node(engine, source) else { return false };
    name.is_some() && name == to.node.as_deref() || addresses.iter().any(|one| to.host_addresses.contains(one))
}

/// The name and the addresses of the node that a source is, or lives on as a host-network pod; `None` for
/// any other pod.
fn as_node<'a>(engine: &'a Engine, source: &'a PickedEndpoint) -> Option<(Option<&'a str>, &'a [IpAddr])> {
    let snapshot = engine.snapshot();
    match &source.id {
        EndpointId::Pod(number) => {
            let pod = &snapshot.pods[*number as usize];
            pod.host_network.then_some((pod.node.as_deref(), pod.addresses.as_slice()))
        }
        EndpointId::Address(address) => {
            let node = engine.directory().node_at(*address);
            Some((node.map(|node| node.name.as_str()), std::slice::from_ref(address)))
        }
    }
}

/// Destination pods by the node that they run on.
pub(crate) struct OwnNode<'a> {
    engine: &'a Engine,
    by_name: HashMap<&'a str, Vec<u32>>,
    by_address: HashMap<IpAddr, Vec<u32>>,
}

impl<'a> OwnNode<'a> {
    /// Indexes the destinations, if there is a source that may be a node.
    pub(crate) fn new(engine: &'a Engine, picked: &Picked) -> Self {
        let mut nodes = Self { engine, by_name: HashMap::new(), by_address: HashMap::new() };
        let may_be_node = |source: &PickedEndpoint| match source.id {
            EndpointId::Pod(number) => engine.snapshot().pods[number as usize].host_network,
            EndpointId::Address(_) => true,
        };
        if !picked.sources.iter().any(may_be_node) {
            return nodes;
        }
        for (at, endpoint) in picked.destinations.iter().enumerate() {
            let EndpointId::Pod(number) = endpoint.id else { continue };
            let pod = &engine.snapshot().pods[number as usize];
            if pod.host_network {
                continue;
            }
            if let Some(node) = &pod.node {
                nodes.by_name.entry(node).or_default().push(at as u32);
            }
            for address in &pod.host_addresses {
                nodes.by_address.entry(*address).or_default().push(at as u32);
            }
        }
        nodes
    }

    /// The destinations that run on the node that the source is, or lives on as a host-network pod.
    pub(crate) fn destinations_of(&self, source: &PickedEndpoint) -> Vec<u32> {
        let Some((name, addresses)) = as_node(self.engine, source) else { return Vec::new() };
        let named = name.and_then(|name| self.by_name.get(name)).into_iter().flatten();
        let mut found: Vec<u32> = named
            .chain(addresses.iter().filter_map(|address| self.by_address.get(address)).flatten())
            .copied()
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}
