//! Findings about blocks of addresses.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::catalogue::Lint;
use super::finding::{Finding, finding, peer_field};
use super::pods::pods;
use crate::engine::Engine;
use crate::model::phrases::{all_of, counted};
use crate::model::{Direction, IpBlock, NetworkPolicy, Peer, Pod};

/// Findings about the blocks of one policy, whatever pods there are.
pub(crate) fn policy(policy: &NetworkPolicy) -> Vec<Finding> {
    let each = blocks(policy);
    each.filter_map(|(field, block)| unusable(policy, &field, block).or_else(|| nothing_left(policy, &field, block)))
        .collect()
}

/// Blocks that contain the addresses of pods.
pub(crate) fn cover_pods(engine: &Engine, policy: &NetworkPolicy) -> Vec<Finding> {
    let covering = blocks(policy).filter_map(|(field, block)| {
        let inside = |pod: &&Pod| {
            pod.addresses
                .iter()
                .any(|address| block.cidr.contains(address) && !block.except.iter().any(|hole| hole.contains(address)))
        };
        let count = pods(engine).filter(|pod| !pod.host_network && !pod.assumed).filter(inside).count();
        (count > 0).then(|| {
            let message = format!(
                "the block {} contains the addresses of {}: a block matches pods too",
                block.cidr,
                counted(count, "pod")
            );
            finding(policy, field, Lint::BlockCoversPods, message)
                .with_help("if only the outside is meant, put the cluster's pod network into `except`")
        })
    });
    covering.collect()
}

fn blocks(policy: &NetworkPolicy) -> impl Iterator<Item = (String, &IpBlock)> {
    [Direction::Ingress, Direction::Egress].into_iter().flat_map(move |direction| {
        let rules = policy.rules(direction).unwrap_or_default().iter().enumerate();
        rules.flat_map(move |(rule_at, rule)| {
            rule.peers.iter().enumerate().filter_map(move |(at, peer)| match peer {
                Peer::IpBlock(block) => Some((peer_field(direction, rule_at, at), block)),
                Peer::Pods { .. } => None,
            })
        })
    })
}

/// A block whose addresses no packet of a connection bears.
fn unusable(policy: &NetworkPolicy, field: &str, block: &IpBlock) -> Option<Finding> {
    let (network, what) = UNUSABLE.iter().find(|(network, _)| network.contains(&block.cidr))?;
    let message = format!("no connection has an address of {}: it lies in {network}, {what}", block.cidr);
    let all = if block.cidr.addr().is_ipv4() { "0.0.0.0/0" } else { "::/0" };
    let mut found = finding(policy, format!("{field}.ipBlock.cidr"), Lint::UnusableBlock, message);
    if block.cidr.addr().is_unspecified() {
        found = found
            .with_help(format!("every address is {all}: the number behind the slash says how many bits are fixed"))
            .with_fix(format!("cidr: {all}"));
    }
    Some(found)
}

/// Networks that are no end of a connection between pods and others.
const UNUSABLE: [(IpNet, &str); 7] = [
    (v4([0, 0, 0, 0], 8), "addresses that stand for no host"),
    (v4([127, 0, 0, 0], 8), "each host's own loopback"),
    (v4([224, 0, 0, 0], 4), "multicast"),
    (v4([240, 0, 0, 0], 4), "which is reserved"),
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 128), "the address that stands for no host"),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), "each host's own loopback"),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), "multicast"),
];

const fn v4(octets: [u8; 4], prefix: u8) -> IpNet {
    let [a, b, c, d] = octets;
    IpNet::V4(Ipv4Net::new_assert(std::net::Ipv4Addr::new(a, b, c, d), prefix))
}

const fn v6(parts: [u16; 8], prefix: u8) -> IpNet {
    let [a, b, c, d, e, f, g, h] = parts;
    IpNet::V6(Ipv6Net::new_assert(std::net::Ipv6Addr::new(a, b, c, d, e, f, g, h), prefix))
}

/// Exceptions that together are the whole block.
fn nothing_left(policy: &NetworkPolicy, field: &str, block: &IpBlock) -> Option<Finding> {
    let together = IpNet::aggregate(&block.except);
    if !together.iter().any(|except| except.contains(&block.cidr)) {
        return None;
    }
    let except: Vec<String> = block.except.iter().map(IpNet::to_string).collect();
    let message = format!("nothing of the block {} is left: {} take out all of it", block.cidr, all_of(&except));
    let found = finding(policy, format!("{field}.ipBlock.except"), Lint::ExceptCoversBlock, message);
    Some(found.with_help("an exception takes addresses out of its own block; without one the block matches whole"))
}
