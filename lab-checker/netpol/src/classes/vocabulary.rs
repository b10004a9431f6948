//! The words that policies use: label keys and values, blocks, port names and numbers. What no policy
//! mentions cannot make a difference, so endpoints are told apart by these words alone.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt};

use ipnet::IpNet;

use super::addresses::AddressClasses;
use crate::model::{
    ClusterNetworkPolicy, ClusterPeer, ClusterPort, Direction, Labels, NamespaceScope, NetworkPolicy, Peer, Pod,
    PortSpec, Protocol, Requirement, Selector, Snapshot, Subject,
};

/// The label keys and values that a set of selectors mentions. A label becomes a symbol: one for each
/// mentioned value of a key, and one for all its other values together.
#[derive(Clone, Debug, Default)]
pub(crate) struct LabelWords {
    keys: HashMap<String, Key>,
    symbols: u32,
}

#[derive(Clone, Debug)]
struct Key {
    other: u32,
    values: HashMap<String, u32>,
}

impl LabelWords {
    /// Adds the words of a selector.
    fn learn(&mut self, selector: &Selector) {
        for requirement in &selector.requirements {
            let values: &[String] = match requirement {
                Requirement::In { values, .. } | Requirement::NotIn { values, .. } => values,
                Requirement::Exists { .. } | Requirement::DoesNotExist { .. } => &[],
            };
            if !self.keys.contains_key(requirement.key()) {
                let key = Key { other: self.symbols, values: HashMap::new() };
                self.symbols += 1;
                self.keys.insert(requirement.key().to_owned(), key);
            }
            let Some(key) = self.keys.get_mut(requirement.key()) else { continue };
            for value in values {
                if !key.values.contains_key(value) {
                    key.values.insert(value.clone(), self.symbols);
                    self.symbols += 1;
                }
            }
        }
    }

    /// The symbols of an object's labels, always in the same order.
    pub(crate) fn symbols_of<'a>(&'a self, labels: &'a Labels) -> impl Iterator<Item = u32> + 'a {
        labels.iter().filter_map(|(key, value)| {
            let key = self.keys.get(key)?;
            Some(key.values.get(value).copied().unwrap_or(key.other))
        })
    }

    /// How many symbols there are.
    pub(crate) fn len(&self) -> usize {
        self.symbols as usize
    }

    /// The symbol of a value; `None` when it is not mentioned.
    pub(crate) fn value(&self, key: &str, value: &str) -> Option<usize> {
        self.keys.get(key)?.values.get(value).map(|&symbol| symbol as usize)
    }

    /// All symbols of a key.
    pub(crate) fn of_key(&self, key: &str) -> impl Iterator<Item = usize> {
        let key = self.keys.get(key);
        key.into_iter().flat_map(|key| key.values.values().chain([&key.other]).map(|&symbol| symbol as usize))
    }

    /// Whether all words of a selector are known.
    fn knows(&self, selector: &Selector) -> bool {
        selector.requirements.iter().all(|requirement| {
            self.keys.get(requirement.key()).is_some_and(|key| match requirement {
                Requirement::In { values, .. } | Requirement::NotIn { values, .. } => {
                    values.iter().all(|value| key.values.contains_key(value))
                }
                Requirement::Exists { .. } | Requirement::DoesNotExist { .. } => true,
            })
        })
    }
}

/// All words of a snapshot's policies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vocabulary {
    pub(crate) pods: LabelWords,
    pub(crate) namespaces: LabelWords,
    pub(crate) addresses: AddressClasses,
    /// The port names.
    pub(crate) port_names: BTreeSet<String>,
    /// For every protocol, the ports at which a rule begins or ends to match; the first is 0.
    pub(crate) port_starts: [Vec<u16>; 3],
    /// Whether a rule asks for nodes, so that nodes must be told apart.
    pub(crate) nodes: bool,
}

/// Ports of one protocol that no rule tells apart, by the first of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PortClass {
    pub(crate) protocol: Protocol,
    pub(crate) first: u16,
}

impl Vocabulary {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        Self::of_all(&[snapshot])
    }

    /// The words of several snapshots together.
    pub(crate) fn of_all(snapshots: &[&Snapshot]) -> Self {
        let mut collector = Collector::default();
        for snapshot in snapshots {
            snapshot.policies.iter().for_each(|policy| collector.policy(policy));
            snapshot.cluster_policies.iter().for_each(|policy| collector.cluster_policy(policy));
        }
        collector.finish(snapshots.iter().flat_map(|snapshot| &snapshot.pods))
    }

    /// The class of a port.
    pub(crate) fn port_class(&self, protocol: Protocol, port: u16) -> PortClass {
        let starts = &self.port_starts[protocol as usize];
        let at = starts.partition_point(|&start| start <= port);
        PortClass { protocol, first: at.checked_sub(1).map_or(0, |at| starts[at]) }
    }

    /// Whether a policy uses known words only, so that the classes need not change for it.
    pub(crate) fn covers(&self, policy: &NetworkPolicy) -> bool {
        let mut other = Collector::default();
        other.policy(policy);
        other.is_within(self)
            && self.pods.knows(&policy.pod_selector)
            && rules(policy).all(|peer| self.knows_peer(peer))
    }

    fn knows_peer(&self, peer: &Peer) -> bool {
        match peer {
            Peer::Pods { namespaces: NamespaceScope::Own, pods } => self.pods.knows(pods),
            Peer::Pods { namespaces: NamespaceScope::Matching(selector), pods } => {
                self.namespaces.knows(selector) && self.pods.knows(pods)
            }
            Peer::IpBlock(_) => true,
        }
    }
}

fn rules(policy: &NetworkPolicy) -> impl Iterator<Item = &Peer> {
    let rules = policy.ingress.iter().chain(&policy.egress).flatten();
    rules.flat_map(|rule| &rule.peers)
}

#[derive(Default)]
struct Collector {
    pods: LabelWords,
    namespaces: LabelWords,
    blocks: BTreeSet<IpNet>,
    names: BTreeSet<String>,
    starts: [BTreeSet<u16>; 3],
    nodes: bool,
}

impl Collector {
    fn policy(&mut self, policy: &NetworkPolicy) {
        self.pods.learn(&policy.pod_selector);
        for rule in policy.ingress.iter().chain(&policy.egress).flatten() {
            rule.peers.iter().for_each(|peer| self.peer(peer));
            for port in &rule.ports {
                match &port.port {
                    PortSpec::Any => {}
                    PortSpec::Range { from, to } => self.range(port.protocol, *from, *to),
                    PortSpec::Named(name) => self.name(name),
                }
            }
        }
    }

    fn peer(&mut self, peer: &Peer) {
        match peer {
            Peer::Pods { namespaces, pods } => {
                if let NamespaceScope::Matching(selector) = namespaces {
                    self.namespaces.learn(selector);
                }
                self.pods.learn(pods);
            }
            Peer::IpBlock(block) => {
                self.blocks.insert(block.cidr.trunc());
                self.blocks.extend(block.except.iter().map(IpNet::trunc));
            }
        }
    }

    fn cluster_policy(&mut self, policy: &ClusterNetworkPolicy) {
        match &policy.subject {
            Subject::Namespaces(selector) => self.namespaces.learn(selector),
            Subject::Pods(both) => {
                self.namespaces.learn(&both.namespaces);
                self.pods.learn(&both.pods);
            }
        }
        for direction in [Direction::Ingress, Direction::Egress] {
            for rule in policy.rules(direction) {
                rule.peers.iter().for_each(|peer| self.cluster_peer(peer));
                for port in &rule.ports {
                    match port {
                        ClusterPort::Range { protocol, from, to } => self.range(*protocol, *from, *to),
                        ClusterPort::Named(name) => self.name(name),
                    }
                }
            }
        }
    }

    fn cluster_peer(&mut self, peer: &ClusterPeer) {
        match peer {
            ClusterPeer::Namespaces(selector) => self.namespaces.learn(selector),
            ClusterPeer::Pods(both) => {
                self.namespaces.learn(&both.namespaces);
                self.pods.learn(&both.pods);
            }
            ClusterPeer::Networks(networks) => self.blocks.extend(networks.iter().map(IpNet::trunc)),
            ClusterPeer::Nodes(_) => self.nodes = true,
            ClusterPeer::DomainNames(_) | ClusterPeer::Unknown => {}
        }
    }

    fn range(&mut self, protocol: Protocol, from: u16, to: u16) {
        let starts = &mut self.starts[protocol as usize];
        starts.insert(from);
        starts.extend(to.checked_add(1));
    }

    fn name(&mut self, name: &str) {
        if !self.names.contains(name) {
            self.names.insert(name.to_owned());
        }
    }

    fn is_within(&self, known: &Vocabulary) -> bool {
        let starts = self.starts.iter().zip(&known.port_starts);
        self.names.is_subset(&known.port_names)
            && self.blocks.iter().all(|block| known.addresses.block(*block).is_some())
            && starts.into_iter().all(|(new, old)| new.iter().all(|start| old.binary_search(start).is_ok()))
    }

    fn finish<'p>(mut self, pods: impl Iterator<Item = &'p Pod>) -> Vocabulary {
        // A name may stand for another number on every pod; each such number is a class of its own.
        if !self.names.is_empty() {
            for port in pods.flat_map(|pod| &pod.ports) {
                if port.name.as_ref().is_some_and(|name| self.names.contains(name)) {
                    self.range(port.protocol, port.number, port.number);
                }
            }
        }
        let starts = self.starts.map(|mut starts| {
            starts.insert(0);
            starts.into_iter().collect()
        });
        Vocabulary {
            pods: self.pods,
            namespaces: self.namespaces,
            addresses: AddressClasses::new(self.blocks.into_iter()),
            port_names: self.names,
            port_starts: starts,
            nodes: self.nodes,
        }
    }
}
