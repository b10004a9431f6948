//! One flow judged step by step: the plain reading of the API, policy by policy and rule by rule, with
//! everything that the decision looked at. [`Engine::verdict`](crate::Engine::verdict) takes its
//! answer, [`Engine::explain`](crate::Engine::explain) puts the steps into words; the matrix engine
//! reaches the same verdicts in another way, and tests hold the two together.

use std::net::IpAddr;

use crate::directory::Directory;
use crate::party::{Party, Path, addresses_used};
use crate::{
    Action, ClusterNetworkPolicy, ClusterPeer, ClusterPort, ClusterRule, Direction, Labels, NamespaceScope,
    NetworkPolicy, Peer, PortRule, PortSpec, Protocol, Requirement, Rule, Selector, Snapshot, Subject, Tier, Verdict,
};

/// Both sides of a judged flow.
#[derive(Debug)]
pub(crate) struct Trace<'a> {
    pub(crate) egress: Side<'a>,
    pub(crate) ingress: Side<'a>,
}

/// One side of a judged flow.
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
    /// The namespace's or the pod's labels do not match.
    Labels {
        namespace: Option<&'a Requirement>,
        pod: Option<&'a Requirement>,
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

impl Trace<'_> {
    pub(crate) fn verdict(&self) -> Verdict {
        Verdict::from_allowed(self.egress.verdict.is_allowed() && self.ingress.verdict.is_allowed())
    }
}

impl Side<'_> {
    /// Whether a NetworkPolicy isolates this side.
    pub(crate) fn is_isolated(&self) -> bool {
        !self.policies.is_empty()
    }
}

/// Judges one path.
pub(crate) fn judge<'a>(path: &Path<'a>, snapshot: &'a Snapshot, directory: &Directory) -> Trace<'a> {
    let judge = Judge { snapshot, directory, path };
    Trace { egress: judge.side(Direction::Egress), ingress: judge.side(Direction::Ingress) }
}

/// Judges the rules of a policy that does not select the pod, as if it did.
pub(crate) fn trace_rules<'a>(
    path: &Path<'a>,
    context: crate::explain::Context<'a>,
    direction: Direction,
    policy: &'a NetworkPolicy,
) -> Vec<RuleTrace<'a>> {
    let judge = Judge { snapshot: context.snapshot, directory: context.directory, path };
    let rules = policy.rules(direction).unwrap_or_default();
    rules.iter().map(|rule| judge.rule(direction, policy, rule)).collect()
}

/// Whether source and destination are one and the same.
pub(crate) fn is_itself(path: &Path<'_>) -> bool {
    match (path.source.pod, path.destination.pod) {
        (Some(source), Some(destination)) => std::ptr::eq(source, destination),
        _ => false,
    }
}

/// Whether the source is the node that the destination pod runs on (or a host-network pod there).
pub(crate) fn comes_from_own_node(path: &Path<'_>) -> bool {
    let Some(destination) = path.destination.selectable() else { return false };
    match path.source.pod {
        Some(source) if source.host_network => {
            source.node.is_some() && source.node == destination.node
                || source.addresses.iter().any(|address| destination.host_addresses.contains(address))
        }
        Some(_) => false,
        None => {
            path.source.node.is_some_and(|node| destination.node.as_ref() == Some(&node.name))
                || path.source.addresses.iter().any(|address| destination.host_addresses.contains(address))
        }
    }
}

struct Judge<'a, 'p> {
    snapshot: &'a Snapshot,
    directory: &'p Directory,
    path: &'p Path<'a>,
}

impl<'a> Judge<'a, '_> {
    fn side(&self, direction: Direction) -> Side<'a> {
        let mut side = Side {
            direction,
            verdict: Verdict::Allowed,
            exempt: self.exempt(direction),
            admin: Vec::new(),
            policies: Vec::new(),
            baseline: Vec::new(),
            decided: Decided::Nothing,
        };
        if side.exempt.is_some() {
            return side;
        }
        side.admin = self.cluster_policies(direction, Tier::Admin);
        side.policies = self.policies(direction);
        side.baseline = self.cluster_policies(direction, Tier::Baseline);
        decide(&mut side);
        side
    }

    fn own(&self, direction: Direction) -> &Party<'a> {
        match direction {
            Direction::Egress => &self.path.source,
            Direction::Ingress => &self.path.destination,
        }
    }

    fn other(&self, direction: Direction) -> &Party<'a> {
        match direction {
            Direction::Egress => &self.path.destination,
            Direction::Ingress => &self.path.source,
        }
    }

    /// The other end's address as this flow uses it.
    fn other_address(&self, direction: Direction) -> IpAddr {
        let (from, to) = addresses_used(&self.path.source.addresses, &self.path.destination.addresses);
        match direction {
            Direction::Egress => to,
            Direction::Ingress => from,
        }
    }

    fn exempt(&self, direction: Direction) -> Option<Exempt> {
        let Some(pod) = self.own(direction).pod else { return Some(Exempt::Address) };
        if is_itself(self.path) {
            Some(Exempt::Itself)
        } else if pod.host_network {
            Some(Exempt::HostNetwork)
        } else if direction == Direction::Ingress && comes_from_own_node(self.path) {
            Some(Exempt::OwnNode)
        } else {
            None
        }
    }

    fn namespace_labels(&self, name: &str) -> Option<&'a Labels> {
        self.directory.namespace(self.snapshot, name).map(|namespace| &namespace.labels)
    }

    fn policies(&self, direction: Direction) -> Vec<PolicyTrace<'a>> {
        let Some(pod) = self.own(direction).pod else { return Vec::new() };
        let applying = self
            .snapshot
            .policies
            .iter()
            .filter(|policy| policy.namespace == pod.namespace && policy.pod_selector.matches(&pod.labels));
        applying
            .filter_map(|policy| {
                let rules = policy.rules(direction)?;
                Some(PolicyTrace {
                    policy,
                    rules: rules.iter().map(|rule| self.rule(direction, policy, rule)).collect(),
                })
            })
            .collect()
    }

    fn rule(&self, direction: Direction, policy: &'a NetworkPolicy, rule: &'a Rule) -> RuleTrace<'a> {
        RuleTrace {
            rule,
            peers: rule.peers.iter().map(|peer| self.peer(direction, policy, peer)).collect(),
            ports: rule.ports.iter().map(|port| self.port(port)).collect(),
        }
    }

    fn peer(&self, direction: Direction, policy: &'a NetworkPolicy, peer: &'a Peer) -> PeerMatch<'a> {
        match peer {
            Peer::IpBlock(block) => block_match(self.other_address(direction), block.cidr, &block.except),
            Peer::Pods { namespaces: NamespaceScope::Own, pods } => self.pod_peer(direction, pods, |namespace, _| {
                if namespace == policy.namespace { Ok(None) } else { Err(PeerMatch::OtherNamespace) }
            }),
            Peer::Pods { namespaces: NamespaceScope::Matching(selector), pods } => {
                self.pod_peer(direction, pods, |_, labels| Ok(first_unmet(selector, labels)))
            }
        }
    }

    /// Judges a peer made of selectors: `look` judges the namespace.
    fn pod_peer(
        &self,
        direction: Direction,
        pods: &'a Selector,
        look: impl Fn(&str, &Labels) -> Result<Option<&'a Requirement>, PeerMatch<'a>>,
    ) -> PeerMatch<'a> {
        let other = self.other(direction);
        let Some(pod) = other.selectable() else {
            return if other.pod.is_some() { PeerMatch::HostNetwork } else { PeerMatch::NotAPod };
        };
        let none = Labels::new();
        let labels = self.namespace_labels(&pod.namespace).unwrap_or(&none);
        let namespace = match look(&pod.namespace, labels) {
            Ok(unmet) => unmet,
            Err(answer) => return answer,
        };
        match (namespace, first_unmet(pods, &pod.labels)) {
            (None, None) => PeerMatch::Yes,
            (namespace, pod) => PeerMatch::Labels { namespace, pod },
        }
    }

    fn port(&self, rule: &PortRule) -> bool {
        if rule.protocol != self.path.protocol {
            return false;
        }
        match &rule.port {
            PortSpec::Any => true,
            PortSpec::Range { from, to } => (*from..=*to).contains(&self.path.port),
            PortSpec::Named(name) => self.names_port(name, rule.protocol),
        }
    }

    /// Whether the destination pod calls the flow's port by this name.
    fn names_port(&self, name: &str, protocol: Protocol) -> bool {
        let pod = self.path.destination.selectable();
        pod.is_some_and(|pod| pod.declares_named(name, protocol, self.path.port))
    }

    fn cluster_policies(&self, direction: Direction, tier: Tier) -> Vec<ClusterTrace<'a>> {
        let Some(pod) = self.own(direction).selectable() else { return Vec::new() };
        let none = Labels::new();
        let labels = self.namespace_labels(&pod.namespace).unwrap_or(&none);
        let policies = self.snapshot.cluster_policies.iter();
        let mut applying: Vec<_> = policies
            .filter(|policy| policy.tier == tier && policy.subject.matches(labels, &pod.labels))
            .filter(|policy| !policy.rules(direction).is_empty())
            .collect();
        applying.sort_by(|a, b| (a.priority, &a.name).cmp(&(b.priority, &b.name)));
        let mut open = true;
        let mut traces = Vec::new();
        for policy in applying {
            if !open {
                break;
            }
            let trace = self.cluster_policy(direction, policy);
            open = trace.matched().is_none();
            traces.push(trace);
        }
        traces
    }

    fn cluster_policy(&self, direction: Direction, policy: &'a ClusterNetworkPolicy) -> ClusterTrace<'a> {
        let mut rules = Vec::new();
        for rule in policy.rules(direction) {
            let trace = ClusterRuleTrace {
                rule,
                peers: rule.peers.iter().map(|peer| self.cluster_peer(direction, rule.action, peer)).collect(),
                ports: rule.ports.iter().map(|port| self.cluster_port(port)).collect(),
            };
            let matched = trace.matches();
            rules.push(trace);
            if matched {
                break;
            }
        }
        ClusterTrace { policy, rules }
    }

    fn cluster_peer(&self, direction: Direction, action: Action, peer: &'a ClusterPeer) -> PeerMatch<'a> {
        match peer {
            ClusterPeer::Namespaces(selector) => {
                self.pod_peer(direction, everything(), |_, labels| Ok(first_unmet(selector, labels)))
            }
            ClusterPeer::Pods(peer) => {
                self.pod_peer(direction, &peer.pods, |_, labels| Ok(first_unmet(&peer.namespaces, labels)))
            }
            ClusterPeer::Networks(networks) => {
                let address = self.other_address(direction);
                let matches = networks.iter().any(|network| network.contains(&address));
                if matches { PeerMatch::Yes } else { PeerMatch::OutsideBlock(address) }
            }
            ClusterPeer::Nodes(selector) => {
                let node = self.other(direction).node;
                let matches = node.is_some_and(|node| selector.matches(&node.labels));
                if matches { PeerMatch::Yes } else { PeerMatch::NotSuchNode }
            }
            ClusterPeer::DomainNames(_) => PeerMatch::DomainName,
            // An unknown peer fails closed: it must never open more, and never block less.
            ClusterPeer::Unknown if action == Action::Accept => PeerMatch::Unknown,
            ClusterPeer::Unknown => PeerMatch::Yes,
        }
    }

    fn cluster_port(&self, port: &ClusterPort) -> bool {
        match port {
            ClusterPort::Range { protocol, from, to } => {
                *protocol == self.path.protocol && (*from..=*to).contains(&self.path.port)
            }
            ClusterPort::Named(name) => self.names_port(name, self.path.protocol),
        }
    }
}

fn everything() -> &'static Selector {
    static EVERYTHING: Selector = Selector { requirements: Vec::new() };
    &EVERYTHING
}

fn first_unmet<'a>(selector: &'a Selector, labels: &Labels) -> Option<&'a Requirement> {
    selector.requirements.iter().find(|requirement| !requirement.matches(labels))
}

fn block_match<'a>(address: IpAddr, cidr: ipnet::IpNet, except: &[ipnet::IpNet]) -> PeerMatch<'a> {
    if address.is_ipv4() != cidr.addr().is_ipv4() {
        PeerMatch::OtherFamily(address)
    } else if !cidr.contains(&address) {
        PeerMatch::OutsideBlock(address)
    } else if let Some(hole) = except.iter().find(|hole| hole.contains(&address)) {
        PeerMatch::Excepted(address, *hole)
    } else {
        PeerMatch::Yes
    }
}

/// Asks the tiers in order: Admin, NetworkPolicies, Baseline; then everything is allowed.
fn decide(side: &mut Side<'_>) {
    if let Some((verdict, decided)) = cluster_decision(&side.admin, Tier::Admin) {
        (side.verdict, side.decided) = (verdict, decided);
    } else if side.is_isolated() {
        side.verdict = Verdict::from_allowed(side.policies.iter().any(PolicyTrace::matches));
        side.decided = Decided::Policies;
    } else if let Some((verdict, decided)) = cluster_decision(&side.baseline, Tier::Baseline) {
        (side.verdict, side.decided) = (verdict, decided);
    }
}

/// What a tier says; `None` when no rule matched or the one that did passes to the next tier.
fn cluster_decision(tier: &[ClusterTrace<'_>], name: Tier) -> Option<(Verdict, Decided)> {
    let at = tier.len().checked_sub(1)?;
    let rule = tier[at].matched()?;
    match tier[at].rules[rule].rule.action {
        Action::Accept => Some((Verdict::Allowed, Decided::Cluster(name, at, rule))),
        Action::Deny => Some((Verdict::Blocked, Decided::Cluster(name, at, rule))),
        Action::Pass => None,
    }
}

impl Subject {
    /// Whether a pod with these labels, in a namespace with those, is a subject.
    #[must_use]
    pub fn matches(&self, namespace: &Labels, pod: &Labels) -> bool {
        match self {
            Self::Namespaces(selector) => selector.matches(namespace),
            Self::Pods(both) => both.namespaces.matches(namespace) && both.pods.matches(pod),
        }
    }
}

impl NetworkPolicy {
    /// The rules of one direction, or `None` when it does not isolate in it.
    #[must_use]
    pub fn rules(&self, direction: Direction) -> Option<&[Rule]> {
        match direction {
            Direction::Ingress => self.ingress.as_deref(),
            Direction::Egress => self.egress.as_deref(),
        }
    }
}

impl ClusterNetworkPolicy {
    /// The rules of one direction, in order.
    #[must_use]
    pub fn rules(&self, direction: Direction) -> &[ClusterRule] {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }
}
