//! The addresses to try: the edges of every block that either side names.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::policy::{Peer, Policy};

/// Addresses that are tried whatever the policies say; in an ordinary lab no block holds them.
const ELSEWHERE: [&str; 4] = ["9.9.9.9", "198.18.77.7", "2606:4700::77", "2a00:77::7"];

/// The network that pods of files get their addresses from.
const POD_NETWORK: &str = "10.244.0.0/16";

/// The blocks that policies name, with what they leave out.
pub(super) fn blocks<'a>(policies: impl Iterator<Item = &'a Policy>) -> BTreeSet<IpNet> {
    let peers = policies.flat_map(Policy::all_rules).flat_map(|rule| rule.peers.iter().flatten());
    let mut blocks = BTreeSet::new();
    for peer in peers {
        if let Peer::Block { cidr, except } = peer {
            blocks.insert(*cidr);
            blocks.extend(except);
        }
    }
    blocks
}

/// The addresses outside to try, without those of the pod network and those that are taken.
pub(super) fn outside(blocks: &BTreeSet<IpNet>, taken: &BTreeSet<IpAddr>) -> BTreeSet<IpAddr> {
    let mut addresses: BTreeSet<IpAddr> = blocks.iter().flat_map(edges).collect();
    addresses.extend(ELSEWHERE.iter().filter_map(|text| text.parse::<IpAddr>().ok()));
    let pods = pod_network();
    addresses.retain(|address| !pods.contains(address) && !taken.contains(address));
    addresses
}

/// The addresses that a new pod could get: one that no block inside of the pod network holds, and the edges of
/// those blocks.
pub(super) fn of_new_pods(blocks: &BTreeSet<IpNet>, taken: &BTreeSet<IpAddr>) -> Vec<IpAddr> {
    let pods = pod_network();
    let inside: Vec<&IpNet> = blocks.iter().filter(|block| pods.contains(*block) && **block != pods).collect();
    let ordinary = pods.hosts().filter(|address| !taken.contains(address));
    let ordinary = ordinary.skip(200).find(|address| !inside.iter().any(|block| block.contains(address)));
    let edges = inside.iter().flat_map(|block| edges(block)).filter(|address| pods.contains(address));
    let edges: BTreeSet<IpAddr> = edges.filter(|address| !taken.contains(address)).collect();
    ordinary.into_iter().chain(edges).collect()
}

fn pod_network() -> IpNet {
    POD_NETWORK.parse().expect("the constant is a network")
}

/// The first and the last address of a block, the one before and the one after.
fn edges(block: &IpNet) -> Vec<IpAddr> {
    let (first, last) = (block.network(), block.broadcast());
    [before(first), Some(first), Some(last), after(last)].into_iter().flatten().collect()
}

fn before(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => Some(Ipv4Addr::from_bits(address.to_bits().checked_sub(1)?).into()),
        IpAddr::V6(address) => Some(Ipv6Addr::from_bits(address.to_bits().checked_sub(1)?).into()),
    }
}

fn after(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => Some(Ipv4Addr::from_bits(address.to_bits().checked_add(1)?).into()),
        IpAddr::V6(address) => Some(Ipv6Addr::from_bits(address.to_bits().checked_add(1)?).into()),
    }
}
