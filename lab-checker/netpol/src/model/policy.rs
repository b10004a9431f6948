//! NetworkPolicy v1 after defaulting and validation: `policyTypes` is already worked out, protocols
//! are filled in, addresses are parsed.

use ipnet::IpNet;

use super::direction::Direction;
use super::port::Protocol;
use super::selector::Selector;

/// A NetworkPolicy. A direction that is `None` is not isolated by it; `Some` of no rules isolates and
/// allows nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NetworkPolicy {
    /// `metadata.namespace`; it selects pods of this namespace only.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `spec.podSelector`; a missing one is `{}`.
    pub pod_selector: Selector,
    /// The ingress rules, when `policyTypes` (given or defaulted) lists Ingress.
    pub ingress: Option<Vec<Rule>>,
    /// The egress rules, when `policyTypes` (given or defaulted) lists Egress.
    pub egress: Option<Vec<Rule>>,
}

/// One ingress or egress rule: it admits a flow when a peer and a port match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rule {
    /// `from` or `to`. Empty: every peer, external addresses included.
    pub peers: Vec<Peer>,
    /// `ports`. Empty: every port of every protocol.
    pub ports: Vec<PortRule>,
}

/// One item of `from` or `to`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Peer {
    /// `namespaceSelector` and `podSelector`; both must match.
    Pods {
        /// Where the pods are.
        namespaces: NamespaceScope,
        /// Which pods; a missing `podSelector` is `{}`.
        pods: Selector,
    },
    /// `ipBlock`.
    IpBlock(IpBlock),
}

/// The namespaces that a pod peer looks in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NamespaceScope {
    /// No `namespaceSelector`: the policy's own namespace.
    Own,
    /// The namespaces whose labels match.
    Matching(Selector),
}

/// A CIDR with exceptions. Pod addresses match it like any other address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IpBlock {
    /// The addresses that match.
    pub cidr: IpNet,
    /// Taken out of this block only; each a strict part of `cidr`.
    pub except: Vec<IpNet>,
}

/// One item of `ports`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PortRule {
    /// `protocol`; TCP when the manifest leaves it out.
    pub protocol: Protocol,
    /// `port` and `endPort`.
    pub port: PortSpec,
}

/// Which ports of a protocol an item of `ports` matches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PortSpec {
    /// No `port`: every port of the protocol.
    Any,
    /// `port`, or `port` to `endPort`, both included.
    Range {
        /// `port`.
        from: u16,
        /// `endPort`, or `port` again.
        to: u16,
    },
    /// A name, looked up on the destination pod with the protocol; no such name, no match.
    Named(String),
}

impl PortSpec {
    /// A single number.
    #[must_use]
    pub fn number(port: u16) -> Self {
        Self::Range { from: port, to: port }
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
