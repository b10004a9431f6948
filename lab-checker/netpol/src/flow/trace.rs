//! One flow evaluated step by step: what `evaluate` looked at and decided, policy by policy and rule by
//! rule. [`Engine::verdict`](crate::Engine::verdict) takes its answer,
//! [`Engine::explain`](crate::Engine::explain) puts the steps into words.

use std::net::IpAddr;

use crate::model::{ClusterNetworkPolicy, ClusterRule, Direction, NetworkPolicy, Requirement, Rule, Tier, Verdict};

/// Both sides of an evaluated flow.
#[derive(Debug)]
pub(crate) struct Trace<'a> {
    pub(crate) egress: Side<'a>,
    pub(crate) ingress: Side<'a>,
}

/// One side of an evaluated flow.
#[derive(Debug)]
pub(crate) struct Side<'a> {
    pub(crate) direction: Direction,
    pub(crate) verdict: Verdict,
    /// Why no policy was asked at all.
    pub(crate) exempt: Option<Exempt>,
    /// The ClusterNetworkPolicies whose subject is this side's pod, in the order they are asked.
    pub(crate) admin: Vec<ClusterTrace<'a>>,
    /// The NetworkPolicies that isolate this side's pod.
    pub(crate) policies: Vec<PolicyTrace<'a>>,
    /// As `admin`, for the tier behind the NetworkPolicies.
    pub(crate) baseline: Vec<ClusterTrace<'a>>,
    pub(crate) decided: Decided,
}

/// Why a side's policies were not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exempt {
    /// The side is an address outside the cluster, or a node.
    Address,
    /// The side is a host-network pod: policies do not apply to it.
    HostNetwork,
    /// Source and destination are the same pod.
    Itself,
    /// The source is the destination's own node.
    OwnNode,
}

/// What settled a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decided {
    /// No policy has anything to say.
    Nothing,
    /// A rule of a ClusterNetworkPolicy: tier, index in the tier's list, index of the rule.
    Cluster(Tier, usize, usize),
    /// The NetworkPolicies that isolate it.
    Policies,
}

/// A NetworkPolicy that isolates one side.
#[derive(Debug)]
pub(crate) struct PolicyTrace<'a> {
    pub(crate) policy: &'a NetworkPolicy,
    pub(crate) rules: Vec<RuleTrace<'a>>,
}

/// A rule of a NetworkPolicy.
#[derive(Debug)]
pub(crate) struct RuleTrace<'a> {
    pub(crate) rule: &'a Rule,
    /// What each peer says; empty when the rule has none, which matches everybody.
    pub(crate) peers: Vec<PeerMatch<'a>>,
    /// Which of the ports match; empty when the rule has none, which matches every port.
    pub(crate) ports: Vec<bool>,
}

/// A ClusterNetworkPolicy that has this side's pod as its subject.
#[derive(Debug)]
pub(crate) struct ClusterTrace<'a> {
    pub(crate) policy: &'a ClusterNetworkPolicy,
    /// The rules up to and including the one that matched.
    pub(crate) rules: Vec<ClusterRuleTrace<'a>>,
}

/// A rule of a ClusterNetworkPolicy.
#[derive(Debug)]
pub(crate) struct ClusterRuleTrace<'a> {
    pub(crate) rule: &'a ClusterRule,
    pub(crate) peers: Vec<PeerMatch<'a>>,
    pub(crate) ports: Vec<bool>,
}

/// Whether a peer matches the other end, and what stands in the way when it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PeerMatch<'a> {
    Yes,
    /// The other end is an address, which selectors never see.
    NotAPod,
    /// The other end is a host-network pod, which selectors do not see.
    HostNetwork,
    /// A peer without `namespaceSelector` looks in the policy's own namespace only.
    OtherNamespace,
    /// The namespace's or the pod's labels do not match: every requirement that they do not meet.
    Labels {
        namespace: Vec<&'a Requirement>,
        pod: Vec<&'a Requirement>,
    },
    /// The address is outside the block.
    OutsideBlock(IpAddr),
    /// The address is in the block, but in one of its exceptions too.
    Excepted(IpAddr, ipnet::IpNet),
    /// The block is of the other address family.
    OtherFamily(IpAddr),
    /// The other end is no node, or a node with other labels.
    NotSuchNode,
    /// Nothing here says what a DNS name resolves to.
    DomainName,
    /// An unknown kind of peer, which Accept takes as matching nothing.
    Unknown,
}

impl RuleTrace<'_> {
    pub(crate) fn peer_matches(&self) -> bool {
        self.peers.is_empty() || self.peers.contains(&PeerMatch::Yes)
    }

    pub(crate) fn port_matches(&self) -> bool {
        self.ports.is_empty() || self.ports.contains(&true)
    }

    pub(crate) fn matches(&self) -> bool {
        self.peer_matches() && self.port_matches()
    }
}

impl ClusterRuleTrace<'_> {
    pub(crate) fn peer_matches(&self) -> bool {
        self.peers.contains(&PeerMatch::Yes)
    }

    pub(crate) fn port_matches(&self) -> bool {
        self.ports.is_empty() || self.ports.contains(&true)
    }

    pub(crate) fn matches(&self) -> bool {
        self.peer_matches() && self.port_matches()
    }
}

impl PolicyTrace<'_> {
    pub(crate) fn matches(&self) -> bool {
        self.rules.iter().any(RuleTrace::matches)
    }
}

impl ClusterTrace<'_> {
    /// The rule that matched, which is the last one looked at.
    pub(crate) fn matched(&self) -> Option<usize> {
        let last = self.rules.len().checked_sub(1)?;
        self.rules[last].matches().then_some(last)
    }
}

impl<'a> Trace<'a> {
    pub(crate) fn verdict(&self) -> Verdict {
        Verdict::from_allowed(self.egress.verdict.is_allowed() && self.ingress.verdict.is_allowed())
    }

    /// The sides that block, egress first.
    pub(crate) fn blocking_sides(&self) -> impl Iterator<Item = &Side<'a>> {
        [&self.egress, &self.ingress].into_iter().filter(|side| !side.verdict.is_allowed())
    }
}

impl Side<'_> {
    /// Whether a NetworkPolicy isolates this side.
    pub(crate) fn is_isolated(&self) -> bool {
        !self.policies.is_empty()
    }
}
