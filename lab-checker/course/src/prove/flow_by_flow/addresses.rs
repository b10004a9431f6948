//! The addresses to try: the edges of every block that either side names.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::policy::{Peer, Policy};

/// Addresses that are tried whatever the policies say; in an ordinary lab no block holds them.
const ELSEWHERE: [&str; 4] = ["9.9.9.9", "198.18.77.7", "2606:4700::77", "2a00:77::7"];

/// The network that pods of files get their addresses from.
const USUAL_POD_NETWORK: &str = "10.244.0.0/16";

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

/// The networks that new pods come into. Nothing says which they are: those around the pods of today, a /16 of IPv4
/// and a /64 of IPv6.
pub(super) fn pod_networks(pods: impl Iterator<Item = IpAddr>) -> BTreeSet<IpNet> {
    let around = |address: IpAddr| IpNet::new_assert(address, if address.is_ipv4() { 16 } else { 64 }).trunc();
    let networks: BTreeSet<IpNet> = pods.map(around).collect();
    if networks.is_empty() { USUAL_POD_NETWORK.parse().into_iter().collect() } else { networks }
}

/// The addresses outside to try, without those of pod networks and those that are taken.
pub(super) fn outside(
    blocks: &BTreeSet<IpNet>,
    networks: &BTreeSet<IpNet>,
    taken: &BTreeSet<IpAddr>,
) -> BTreeSet<IpAddr> {
    let mut addresses: BTreeSet<IpAddr> = blocks.iter().flat_map(edges).collect();
    addresses.extend(ELSEWHERE.iter().filter_map(|text| text.parse::<IpAddr>().ok()));
    let is_a_pods = |address: &IpAddr| networks.iter().any(|network| network.contains(address));
    addresses.retain(|address| !is_a_pods(address) && !taken.contains(address));
    addresses
}

/// The addresses that new pods could get: in each network one that no block inside of it holds, and the edges of
/// those blocks.
pub(super) fn of_new_pods(
    blocks: &BTreeSet<IpNet>,
    networks: &BTreeSet<IpNet>,
    taken: &BTreeSet<IpAddr>,
) -> Vec<IpAddr> {
    let in_network = |network: &IpNet| {
        let inside: Vec<IpNet> =
            blocks.iter().filter(|block| network.contains(*block) && *block != network).copied().collect();
        let is_free = |address: &IpAddr| !taken.contains(address);
        let ordinary = network.hosts().skip(200).filter(is_free);
        // Looked for in a part of the network: a block that holds all of that has edges enough.
        let ordinary = ordinary.take(1 << 16).find(|address| !inside.iter().any(|block| block.contains(address)));
        let edges: BTreeSet<IpAddr> =
            inside.iter().flat_map(edges).filter(|address| network.contains(address) && is_free(address)).collect();
        ordinary.into_iter().chain(edges).collect::<Vec<_>>()
    };
    networks.iter().flat_map(in_network).collect()
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
