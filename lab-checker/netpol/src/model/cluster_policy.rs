//! ClusterNetworkPolicy v1alpha2: ordered, cluster-wide rules that stand before (tier Admin) and
//! after (tier Baseline) NetworkPolicies.

use ipnet::IpNet;

use super::direction::Direction;
use super::port::Protocol;
use super::selector::{Labels, Selector};

/// A ClusterNetworkPolicy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClusterNetworkPolicy {
    /// `metadata.name`.
    pub name: String,
    /// `spec.tier`.
    pub tier: Tier,
    /// `spec.priority`, 0 to 1000; the lower number is looked at first.
    pub priority: u16,
    /// `spec.subject`: the pods that the rules are about. Host-network pods are never among them.
    pub subject: Subject,
    /// `spec.ingress`, in order.
    pub ingress: Vec<ClusterRule>,
    /// `spec.egress`, in order.
    pub egress: Vec<ClusterRule>,
}

/// When a ClusterNetworkPolicy is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tier {
    /// Before NetworkPolicies.
    Admin,
    /// After NetworkPolicies, for flows that none of them decides.
    Baseline,
}

/// What a matching rule does with a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Allow it, whatever stands behind.
    Accept,
    /// Block it, whatever stands behind.
    Deny,
    /// Leave this tier and ask the next one.
    Pass,
}

/// The pods that a ClusterNetworkPolicy is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// All pods of the matching namespaces.
    Namespaces(Selector),
    /// The matching pods of the matching namespaces.
    Pods(NamespacedPods),
}

/// Pods picked by the labels of their namespace and their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NamespacedPods {
    /// `namespaceSelector`.
    pub namespaces: Selector,
    /// `podSelector`.
    pub pods: Selector,
}

/// One rule of a ClusterNetworkPolicy: it matches when a peer and a port match.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClusterRule {
    /// `name`, for people.
    pub name: Option<String>,
    /// What a match does.
    pub action: Action,
    /// `from` or `to`; never empty.
    pub peers: Vec<ClusterPeer>,
    /// `protocols`. Empty: every port of every protocol.
    pub ports: Vec<ClusterPort>,
}

/// One item of a cluster rule's `from` or `to`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ClusterPeer {
    /// All pods of the matching namespaces.
    Namespaces(Selector),
    /// The matching pods of the matching namespaces.
    Pods(NamespacedPods),
    /// Addresses, of pods too. Egress only.
    Networks(Vec<IpNet>),
    /// The nodes whose labels match. Egress only.
    Nodes(Selector),
    /// DNS names, with `*.` for one or more labels. Egress and Accept only. They match no address
    /// here: nothing in a snapshot says what a name resolves to.
    DomainNames(Vec<String>),
    /// A kind of peer that this version does not know. It fails closed: Accept matches nothing, Deny
    /// and Pass match everything.
    Unknown,
}

/// One item of a cluster rule's `protocols`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ClusterPort {
    /// A protocol's ports, both ends included; the whole range when no `destinationPort` stands.
    Range {
        /// The protocol.
        protocol: Protocol,
        /// First port.
        from: u16,
        /// Last port.
        to: u16,
    },
    /// `destinationNamedPort`: a name, of whatever protocol, on the destination pod.
    Named(String),
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
