//! The model in words: the small phrases that explanations, findings and summaries are made of.

use ipnet::IpNet;

use super::cluster_policy::{ClusterPeer, ClusterPort, ClusterRule, NamespacedPods};
pub(crate) use super::counted::counted;
use super::direction::Direction;
use super::policy::{NamespaceScope, Peer, PortRule, PortSpec, Rule};
use super::selector::{Requirement, Selector};
use super::snapshot::{ContainerPort, Pod};

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

/// `pods with app=web and no label old`, or `all pods`.
pub(crate) fn pods_with(selector: &Selector) -> String {
    if selector.requirements.is_empty() { "all pods".to_owned() } else { format!("pods with {}", labels(selector)) }
}

/// `namespaces with team=shop`, or `any namespace`.
pub(crate) fn namespaces_with(selector: &Selector) -> String {
    match selector.requirements.as_slice() {
        [] => "any namespace".to_owned(),
        _ => format!("namespaces with {}", labels(selector)),
    }
}

/// What a selector asks for, one requirement after the other.
pub(crate) fn labels(selector: &Selector) -> String {
    let one = |requirement: &Requirement| match requirement {
        Requirement::In { key, values } => match values.as_slice() {
            [value] => label(key, value),
            _ => requirement.to_string(),
        },
        Requirement::NotIn { .. } => requirement.to_string(),
        Requirement::Exists { key } => format!("a label {key}"),
        Requirement::DoesNotExist { key } => format!("no label {key}"),
    };
    all_of(&selector.requirements.iter().map(one).collect::<Vec<_>>())
}

/// `there are no pods with app=web`, for `pods with app=web` and for `all pods` alike.
pub(crate) fn there_are_no(pods: &str) -> String {
    format!("there are no {}", pods.strip_prefix("all ").unwrap_or(pods))
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

/// `pods with app=web in namespaces with team=shop`.
pub(crate) fn namespaced_pods(both: &NamespacedPods) -> String {
    format!("{} in {}", pods_with(&both.pods), namespaces_with(&both.namespaces))
}

/// A peer of a ClusterNetworkPolicy.
pub(crate) fn cluster_peer(peer: &ClusterPeer) -> String {
    match peer {
        ClusterPeer::Namespaces(selector) => format!("all pods in {}", namespaces_with(selector)),
        ClusterPeer::Pods(both) => namespaced_pods(both),
        ClusterPeer::Networks(networks) => {
            let networks: Vec<String> = networks.iter().map(IpNet::to_string).collect();
            format!("addresses in {}", any_of(&networks))
        }
        ClusterPeer::Nodes(selector) if selector.requirements.is_empty() => "all nodes".to_owned(),
        ClusterPeer::Nodes(selector) => format!("nodes with {}", labels(selector)),
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

/// A pod's declared ports as people read them.
pub(crate) fn declared_ports(pod: &Pod) -> Vec<String> {
    let text = |port: &ContainerPort| match &port.name {
        Some(name) => format!("{name} ({}/{})", port.number, port.protocol),
        None => format!("{}/{}", port.number, port.protocol),
    };
    pod.ports.iter().map(text).collect()
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

/// `app=web`; a value that is empty is shown to be so.
pub(crate) fn label(key: &str, value: &str) -> String {
    if value.is_empty() { format!("{key}=\"\"") } else { format!("{key}={value}") }
}

/// The direction as `policyTypes` lists it.
pub(crate) fn policy_type(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "Ingress",
        Direction::Egress => "Egress",
    }
}

/// `from` for ingress, `to` for egress.
pub(crate) fn preposition(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    }
}
