//! Evaluates one flow: the plain reading of the API, policy by policy and rule by rule. The matrix engine
//! reaches the same verdicts in another way, and tests hold the two together.

use std::net::IpAddr;

use super::route::{Path, addresses_used};
use super::trace::{ClusterRuleTrace, ClusterTrace, Decided, Exempt, PeerMatch, PolicyTrace, RuleTrace, Side, Trace};
use crate::model::{
    Action, ClusterNetworkPolicy, ClusterPeer, ClusterPort, Direction, Directory, Labels, NamespaceScope,
    NetworkPolicy, Peer, PortRule, PortSpec, Protocol, Requirement, Rule, Selector, Tier, Verdict,
};

/// Evaluates one path.
pub(crate) fn evaluate<'a>(path: &Path<'a>, directory: Directory<'a>) -> Trace<'a> {
    let evaluation = Evaluation { directory, path };
    Trace { egress: evaluation.side(Direction::Egress), ingress: evaluation.side(Direction::Ingress) }
}

/// Evaluates the rules of a policy that does not select the pod, as if it did.
pub(crate) fn evaluate_rules<'a>(
    path: &Path<'a>,
    directory: Directory<'a>,
    direction: Direction,
    policy: &'a NetworkPolicy,
) -> Vec<RuleTrace<'a>> {
    let evaluation = Evaluation { directory, path };
    let rules = policy.rules(direction).unwrap_or_default();
    rules.iter().map(|rule| evaluation.rule(direction, policy, rule)).collect()
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

struct Evaluation<'a, 'p> {
    directory: Directory<'a>,
    path: &'p Path<'a>,
}

impl<'a> Evaluation<'a, '_> {
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

    /// The other end's address as this flow uses it.
    fn other_address(&self, direction: Direction) -> IpAddr {
        let (from, to) = addresses_used(&self.path.source.addresses, &self.path.destination.addresses);
        match direction {
            Direction::Egress => to,
            Direction::Ingress => from,
        }
    }

    fn exempt(&self, direction: Direction) -> Option<Exempt> {
        let Some(pod) = self.path.own(direction).pod else { return Some(Exempt::Address) };
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

    fn policies(&self, direction: Direction) -> Vec<PolicyTrace<'a>> {
        let Some(pod) = self.path.own(direction).pod else { return Vec::new() };
        let applying = self
            .directory
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
                if namespace == policy.namespace { Ok(Vec::new()) } else { Err(PeerMatch::OtherNamespace) }
            }),
            Peer::Pods { namespaces: NamespaceScope::Matching(selector), pods } => {
                self.pod_peer(direction, pods, |_, labels| Ok(selector.unmet(labels)))
            }
        }
    }

    /// Evaluates a peer made of selectors; what the namespace does not meet is found by `unmet_namespace`.
    fn pod_peer(
        &self,
        direction: Direction,
        pods: &'a Selector,
        unmet_namespace: impl Fn(&str, &Labels) -> Result<Vec<&'a Requirement>, PeerMatch<'a>>,
    ) -> PeerMatch<'a> {
        let other = self.path.other(direction);
        let Some(pod) = other.selectable() else {
            return if other.pod.is_some() { PeerMatch::HostNetwork } else { PeerMatch::NotAPod };
        };
        let none = Labels::new();
        let labels = self.directory.namespace_labels(&pod.namespace).unwrap_or(&none);
        let namespace = match unmet_namespace(&pod.namespace, labels) {
            Ok(unmet) => unmet,
            Err(answer) => return answer,
        };
        let pod = pods.unmet(&pod.labels);
        if namespace.is_empty() && pod.is_empty() { PeerMatch::Yes } else { PeerMatch::Labels { namespace, pod } }
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
        let Some(pod) = self.path.own(direction).selectable() else { return Vec::new() };
        let none = Labels::new();
        let labels = self.directory.namespace_labels(&pod.namespace).unwrap_or(&none);
        let policies = self.directory.snapshot.cluster_policies.iter();
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
                self.pod_peer(direction, everything(), |_, labels| Ok(selector.unmet(labels)))
            }
            ClusterPeer::Pods(peer) => {
                self.pod_peer(direction, &peer.pods, |_, labels| Ok(peer.namespaces.unmet(labels)))
            }
            ClusterPeer::Networks(networks) => {
                let address = self.other_address(direction);
                let matches = networks.iter().any(|network| network.contains(&address));
                if matches { PeerMatch::Yes } else { PeerMatch::OutsideBlock(address) }
            }
            ClusterPeer::Nodes(selector) => {
                let node = self.path.other(direction).node;
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
