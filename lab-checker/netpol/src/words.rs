//! Peers, ports and mismatches in words: the small phrases that explanations are made of.

use ipnet::IpNet;

use crate::party::Party;
use crate::trace::PeerMatch;
use crate::{
    Action, ClusterPeer, ClusterPort, ClusterRule, Direction, NamespaceScope, Peer, PortRule, PortSpec, Requirement,
    Rule, Selector, Tier,
};

/// `a`, `a or b`, `a, b or c`.
pub(crate) fn any_of<T: AsRef<str>>(items: &[T]) -> String {
    list(items, "or")
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn all_of<T: AsRef<str>>(items: &[T]) -> String {
    list(items, "and")
}

fn list<T: AsRef<str>>(items: &[T], last: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [head @ .., tail] => {
            let head: Vec<&str> = head.iter().map(AsRef::as_ref).collect();
            format!("{} {last} {}", head.join(", "), tail.as_ref())
        }
    }
}

/// `1 rule`, `2 rules`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `pods with app=web`, or `all pods`.
pub(crate) fn pods_with(selector: &Selector) -> String {
    if selector.requirements.is_empty() { "all pods".to_owned() } else { format!("pods with {selector}") }
}

fn namespaces_with(selector: &Selector) -> String {
    if selector.requirements.is_empty() { "any namespace".to_owned() } else { format!("namespaces with {selector}") }
}

/// A peer of a NetworkPolicy that stands in `namespace`.
pub(crate) fn peer(peer: &Peer, namespace: &str) -> String {
    match peer {
        Peer::Pods { namespaces: NamespaceScope::Own, pods } => {
            format!("{} in namespace {namespace}", pods_with(pods))
        }
        Peer::Pods { namespaces: NamespaceScope::Matching(selector), pods } => {
            format!("{} in {}", pods_with(pods), namespaces_with(selector))
        }
        Peer::IpBlock(block) if block.except.is_empty() => format!("addresses in {}", block.cidr),
        Peer::IpBlock(block) => {
            let except: Vec<String> = block.except.iter().map(IpNet::to_string).collect();
            format!("addresses in {} except {}", block.cidr, all_of(&except))
        }
    }
}

/// A peer of a ClusterNetworkPolicy.
pub(crate) fn cluster_peer(peer: &ClusterPeer) -> String {
    match peer {
        ClusterPeer::Namespaces(selector) => format!("all pods in {}", namespaces_with(selector)),
        ClusterPeer::Pods(both) => format!("{} in {}", pods_with(&both.pods), namespaces_with(&both.namespaces)),
        ClusterPeer::Networks(networks) => {
            let networks: Vec<String> = networks.iter().map(IpNet::to_string).collect();
            format!("addresses in {}", any_of(&networks))
        }
        ClusterPeer::Nodes(selector) if selector.requirements.is_empty() => "all nodes".to_owned(),
        ClusterPeer::Nodes(selector) => format!("nodes with {selector}"),
        ClusterPeer::DomainNames(names) => format!("the addresses of {}", any_of(names)),
        ClusterPeer::Unknown => "a kind of peer that is not known here".to_owned(),
    }
}

/// `port 80/TCP`, `ports 8000-8100/TCP`, `any UDP port`, `the port named http (TCP)`.
pub(crate) fn port(rule: &PortRule) -> String {
    let protocol = rule.protocol;
    match &rule.port {
        PortSpec::Any => format!("any {protocol} port"),
        PortSpec::Range { from, to } if from == to => format!("port {from}/{protocol}"),
        PortSpec::Range { from, to } => format!("ports {from}-{to}/{protocol}"),
        PortSpec::Named(name) => format!("the {protocol} port named {name}"),
    }
}

fn cluster_port(port: &ClusterPort) -> String {
    match port {
        ClusterPort::Range { protocol, from: 0 | 1, to: u16::MAX } => format!("any {protocol} port"),
        ClusterPort::Range { protocol, from, to } if from == to => format!("port {from}/{protocol}"),
        ClusterPort::Range { protocol, from, to } => format!("ports {from}-{to}/{protocol}"),
        ClusterPort::Named(name) => format!("the port named {name}"),
    }
}

/// A rule's ports: `any port` when it names none.
pub(crate) fn ports(rules: &[PortRule]) -> String {
    if rules.is_empty() { "any port".to_owned() } else { any_of(&rules.iter().map(port).collect::<Vec<_>>()) }
}

/// A cluster rule's ports: `any port` when it names none.
pub(crate) fn cluster_ports(rule: &ClusterRule) -> String {
    if rule.ports.is_empty() {
        "any port".to_owned()
    } else {
        any_of(&rule.ports.iter().map(cluster_port).collect::<Vec<_>>())
    }
}

/// Everything that a rule admits: `pods with app=web in namespace shop, on port 80/TCP`.
pub(crate) fn rule(rule: &Rule, namespace: &str) -> String {
    let peers = if rule.peers.is_empty() {
        "anybody".to_owned()
    } else {
        any_of(&rule.peers.iter().map(|one| peer(one, namespace)).collect::<Vec<_>>())
    };
    format!("{peers}, on {}", ports(&rule.ports))
}

/// What a requirement asks for, and what stands there instead.
pub(crate) fn unmet(requirement: &Requirement, labels: &crate::Labels) -> String {
    let has = match labels.get(requirement.key()) {
        Some(value) => format!("has {}={value}", requirement.key()),
        None => format!("has no label {}", requirement.key()),
    };
    format!("must have {} but {has}", must_have(requirement))
}

fn must_have(requirement: &Requirement) -> String {
    match requirement {
        Requirement::In { key, values } => {
            any_of(&values.iter().map(|value| format!("{key}={value}")).collect::<Vec<_>>())
        }
        Requirement::NotIn { key, values } => format!("{key} other than {}", any_of(values)),
        Requirement::Exists { key } => format!("a label {key}"),
        Requirement::DoesNotExist { key } => format!("no label {key}"),
    }
}

/// Why a peer does not match the other end.
pub(crate) fn mismatch(result: &PeerMatch<'_>, other: &Party<'_>, namespace: Option<&crate::Labels>) -> String {
    match result {
        PeerMatch::Yes => "it matches".to_owned(),
        PeerMatch::NotAPod => format!("{} is an address, and selectors only ever see pods", other.addresses[0]),
        PeerMatch::HostNetwork => "selectors do not see host-network pods".to_owned(),
        PeerMatch::OtherNamespace => {
            let namespace = other.pod.map_or("another namespace", |pod| pod.namespace.as_str());
            format!(
                "the pod is in {namespace}, and a peer without namespaceSelector looks in the policy's namespace only"
            )
        }
        PeerMatch::Labels { namespace: in_namespace, pod } => {
            let mut reasons = Vec::new();
            if let (Some(requirement), Some(labels)) = (in_namespace, namespace) {
                reasons.push(format!("the namespace {}", unmet(requirement, labels)));
            }
            if let (Some(requirement), Some(other)) = (pod, other.pod) {
                reasons.push(format!("the pod {}", unmet(requirement, &other.labels)));
            }
            reasons.join(", and ")
        }
        PeerMatch::OutsideBlock(address) => format!("{address} is outside"),
        PeerMatch::Excepted(address, hole) => format!("{address} is in the exception {hole}"),
        PeerMatch::OtherFamily(address) => {
            let family = if address.is_ipv4() { "an IPv4" } else { "an IPv6" };
            format!("{address} is {family} address, the block is of the other family")
        }
        PeerMatch::NotSuchNode => "the other end is no such node".to_owned(),
        PeerMatch::DomainName => "what a DNS name resolves to is not known here".to_owned(),
        PeerMatch::Unknown => "an unknown kind of peer matches nothing when the action is Accept".to_owned(),
    }
}

/// `from` for ingress, `to` for egress.
pub(crate) fn preposition(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    }
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Accept => "Accept",
            Self::Deny => "Deny",
            Self::Pass => "Pass",
        })
    }
}

impl std::fmt::Display for Tier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Admin => "Admin",
            Self::Baseline => "Baseline",
        })
    }
}
