//! Addresses for pods of files, where no cluster has given them any.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};

use netpol::{Pod, Snapshot};

/// The network that pods of most small clusters are in.
const PODS: u32 = u32::from_be_bytes([10, 244, 0, 0]);
/// The network that nodes of most small clusters are in.
const NODES: u32 = u32::from_be_bytes([192, 168, 49, 2]);

/// So many pods find a place near their wish in the /16 quickly; more go into the networks behind.
const NEAR: usize = 30_000;

/// Gives every pod without an address one. An ordinary pod's address depends on its name, so that
/// other pods coming and going do not change it; a host-network pod has its node's.
pub(super) fn assign(snapshot: &mut Snapshot) {
    let pods = snapshot.pods.iter().flat_map(|pod| &pod.addresses);
    let nodes = snapshot.nodes.iter().flat_map(|node| &node.addresses);
    let services = snapshot.services.iter().flat_map(|service| &service.addresses);
    let taken = pods.chain(nodes).chain(services).copied().collect();
    let mut pool = Pool { taken, near: 0, next: PODS + 0x1_0000 };
    let nodes = &snapshot.nodes;
    for pod in snapshot.pods.iter_mut().filter(|pod| pod.addresses.is_empty() && !pod.finished) {
        if pod.host_network {
            let own = nodes.iter().find(|node| Some(&node.name) == pod.node.as_ref()).or(nodes.first());
            match own {
                Some(node) if !node.addresses.is_empty() => pod.addresses.clone_from(&node.addresses),
                _ => pod.addresses.push(IpAddr::V4(Ipv4Addr::from_bits(NODES))),
            }
        } else {
            pod.addresses.push(pool.give(pod));
            pod.assumed = true;
        }
    }
}

/// The addresses that are not taken yet.
struct Pool {
    taken: HashSet<IpAddr>,
    /// How many were given in the /16.
    near: usize,
    /// Where the networks behind it are free.
    next: u32,
}

impl Pool {
    fn give(&mut self, pod: &Pod) -> IpAddr {
        let wish = hash(&pod.namespace, &pod.name);
        loop {
            let address = if self.near < NEAR { self.near(wish) } else { self.behind() };
            if self.taken.insert(address) {
                self.near += 1;
                return address;
            }
        }
    }

    /// The first free place from the wish onwards.
    fn near(&self, wish: u32) -> IpAddr {
        (0..=0xFFFF)
            .map(|step| PODS | (wish.wrapping_add(step) & 0xFFFF))
            .filter(|bits| !matches!(bits & 0xFF, 0 | 1 | 255))
            .map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits)))
            .find(|address| !self.taken.contains(address))
            .unwrap_or(IpAddr::V4(Ipv4Addr::from_bits(PODS)))
    }

    fn behind(&mut self) -> IpAddr {
        self.next = self.next.wrapping_add(1);
        IpAddr::V4(Ipv4Addr::from_bits(self.next))
    }
}

/// FNV-1a: short, and the same on every machine and in every release.
fn hash(namespace: &str, name: &str) -> u32 {
    let bytes = namespace.bytes().chain([b'/']).chain(name.bytes());
    let hash = bytes.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash ^ (hash >> 16)
}
