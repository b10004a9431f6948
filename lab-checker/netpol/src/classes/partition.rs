//! Endpoints that no policy can tell apart are one class. A cluster of thousands of pods has a few
//! hundred classes, and everything that follows is done once per class.

use std::net::IpAddr;

use foldhash::{HashMap, HashMapExt};

use fixedbitset::FixedBitSet;

use super::addresses::family;
use super::vocabulary::Vocabulary;
use crate::model::{Pod, Protocol, Snapshot};

/// No class: a pod that is no endpoint.
pub(crate) const NO_CLASS: u32 = u32::MAX;

/// In a signature: no address of this family.
const NO_ADDRESS: u32 = u32::MAX;
/// In a signature, in place of the namespace: a host-network pod, a node, or an outside address.
const NOT_SELECTABLE: u32 = u32::MAX;

/// The partition of all endpoints. Addresses outside the cluster have classes too.
#[derive(Clone, Debug, Default)]
pub(crate) struct Classes {
    /// The class of every pod of the snapshot, or [`NO_CLASS`].
    pub(crate) of_pod: Vec<u32>,
    pub(crate) list: Vec<Class>,
    /// The namespaces' groups: one of its own for a namespace with policies, shared by the others
    /// that carry the same words.
    pub(crate) groups: NamespaceGroups,
    /// The names and numbers of ports that can matter, by [`Class::ports`].
    pub(crate) port_names: Vec<Vec<NamedPort>>,
    index: HashMap<Box<[u32]>, u32>,
    port_index: HashMap<Vec<NamedPort>, u32>,
}

/// What the members of a class have in common.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    /// The namespace's group, for pods that selectors see.
    pub(crate) group: Option<u32>,
    /// The symbols of the pod's labels.
    pub(crate) symbols: Box<[u32]>,
    /// The address class of each family.
    pub(crate) addresses: [Option<u32>; 2],
    /// Whether the primary address is an IPv6 one.
    pub(crate) prefers_v6: bool,
    /// Which list of named ports.
    pub(crate) ports: u32,
    /// The node, when nodes are told apart: of a host-network pod, or of a node's own address.
    pub(crate) node: Option<u32>,
}

impl Class {
    /// Whether it has addresses of both families.
    pub(crate) fn is_dual(&self) -> bool {
        self.addresses.iter().all(Option::is_some)
    }
}

/// A port that a policy may name.
pub(crate) type NamedPort = (String, Protocol, u16);

/// Namespaces that no policy tells apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct NamespaceGroups {
    of_namespace: HashMap<String, u32>,
    /// One namespace of each group, by its index in the snapshot.
    pub(crate) representative: Vec<usize>,
    /// Whether the group is one namespace's own.
    alone: Vec<bool>,
}

impl NamespaceGroups {
    fn new(snapshot: &Snapshot, vocabulary: &Vocabulary) -> Self {
        let with_policies: std::collections::HashSet<&str> =
            snapshot.policies.iter().map(|policy| policy.namespace.as_str()).collect();
        let mut groups = Self::default();
        let mut shared: HashMap<Vec<u32>, u32> = HashMap::new();
        for (at, namespace) in snapshot.namespaces.iter().enumerate() {
            let next = groups.representative.len() as u32;
            let alone = with_policies.contains(namespace.name.as_str());
            let group = if alone {
                next
            } else {
                *shared.entry(vocabulary.namespaces.symbols_of(&namespace.labels).collect()).or_insert(next)
            };
            if group == next {
                groups.representative.push(at);
                groups.alone.push(alone);
            }
            groups.of_namespace.insert(namespace.name.clone(), group);
        }
        groups
    }

    /// The group of a namespace.
    pub(crate) fn of(&self, namespace: &str) -> Option<u32> {
        self.of_namespace.get(namespace).copied()
    }

    /// Whether a namespace shares its group with no other.
    pub(crate) fn is_alone(&self, namespace: &str) -> bool {
        self.of(namespace).is_some_and(|group| self.alone[group as usize])
    }
}

impl Classes {
    pub(crate) fn new(snapshot: &Snapshot, vocabulary: &Vocabulary) -> Self {
        let mut classes = Self { groups: NamespaceGroups::new(snapshot, vocabulary), ..Self::default() };
        let nodes = Nodes::new(snapshot, vocabulary);
        classes.intern_ports(Vec::new());
        let mut last: Option<(&str, Option<u32>)> = None;
        let mut signature = Vec::new();
        for pod in &snapshot.pods {
            if !pod.is_endpoint() {
                classes.of_pod.push(NO_CLASS);
                continue;
            }
            let group = match last {
                Some((namespace, group)) if namespace == pod.namespace => group,
                _ => classes.groups.of(&pod.namespace),
            };
            last = Some((&pod.namespace, group));
            let class = classes.classify(pod, group, &nodes, vocabulary, &mut signature);
            classes.of_pod.push(class);
        }
        classes.add_addresses(vocabulary, &nodes);
        classes
    }

    /// The class of a pod, a new one if need be.
    fn classify(
        &mut self,
        pod: &Pod,
        group: Option<u32>,
        nodes: &Nodes,
        vocabulary: &Vocabulary,
        buffer: &mut Vec<u32>,
    ) -> u32 {
        let ports = self.named_ports(pod, vocabulary);
        let member = Member { pod, group, ports, node: nodes.of_host_pod(pod) };
        member.sign(vocabulary, buffer);
        match self.index.get(buffer.as_slice()) {
            Some(&class) => class,
            None => self.add(buffer, member.class(vocabulary, buffer)),
        }
    }

    /// The class of a pod, if there is one already. A pod whose named ports have other numbers than any pod's
    /// before has none: their numbers may not be port classes of their own.
    pub(crate) fn known(&self, snapshot: &Snapshot, pod: &Pod, vocabulary: &Vocabulary) -> Option<u32> {
        let ports = *self.port_index.get(&mentioned_ports(pod, vocabulary))?;
        let node = Nodes::new(snapshot, vocabulary).of_host_pod(pod);
        let member = Member { pod, group: self.groups.of(&pod.namespace), ports, node };
        let mut signature = Vec::new();
        member.sign(vocabulary, &mut signature);
        self.index.get(signature.as_slice()).copied()
    }

    /// Makes sure that there is a class for an address that selectors do not see.
    fn add_address(&mut self, addresses: [Option<u32>; 2], node: Option<u32>, signature: &mut Vec<u32>) {
        unselectable_signature(addresses, false, node, signature);
        if !self.index.contains_key(signature.as_slice()) {
            let class = Class { group: None, symbols: Box::default(), addresses, prefers_v6: false, ports: 0, node };
            self.add(signature, class);
        }
    }

    fn add(&mut self, signature: &[u32], class: Class) -> u32 {
        let number = self.list.len() as u32;
        self.index.insert(signature.into(), number);
        self.list.push(class);
        number
    }

    /// The classes of addresses outside the cluster, and of nodes.
    fn add_addresses(&mut self, vocabulary: &Vocabulary, nodes: &Nodes) {
        let mut signature = Vec::new();
        for (family, class) in vocabulary.addresses.all() {
            let mut addresses = [None, None];
            addresses[family] = Some(class);
            self.add_address(addresses, None, &mut signature);
            if let Some(node) = nodes.unnamed.filter(|_| nodes.outside) {
                self.add_address(addresses, Some(node), &mut signature);
            }
        }
        for (address, node) in &nodes.by_address {
            self.add_address(address_classes(&[*address], vocabulary), Some(*node), &mut signature);
        }
    }

    /// The class of an address that is no pod's.
    pub(crate) fn of_address(&self, address: IpAddr, node: Option<usize>, vocabulary: &Vocabulary) -> u32 {
        let mut signature = Vec::new();
        let node = node.filter(|_| vocabulary.nodes).map(|node| node as u32);
        unselectable_signature(address_classes(&[address], vocabulary), false, node, &mut signature);
        self.index.get(signature.as_slice()).copied().unwrap_or(NO_CLASS)
    }

    fn named_ports(&mut self, pod: &Pod, vocabulary: &Vocabulary) -> u32 {
        if vocabulary.port_names.is_empty() || pod.ports.is_empty() || pod.host_network {
            return 0;
        }
        self.intern_ports(mentioned_ports(pod, vocabulary))
    }

    fn intern_ports(&mut self, ports: Vec<NamedPort>) -> u32 {
        if let Some(&known) = self.port_index.get(&ports) {
            return known;
        }
        let number = self.port_names.len() as u32;
        self.port_index.insert(ports.clone(), number);
        self.port_names.push(ports);
        number
    }

    /// How many classes there are.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// The classes for which something holds.
    pub(crate) fn filter(&self, holds: impl Fn(&Class) -> bool) -> FixedBitSet {
        let mut set = FixedBitSet::with_capacity(self.len());
        for (at, class) in self.list.iter().enumerate() {
            if holds(class) {
                set.insert(at);
            }
        }
        set
    }
}

/// A pod on the way to its class.
struct Member<'a> {
    pod: &'a Pod,
    group: Option<u32>,
    ports: u32,
    node: Option<u32>,
}

/// How many numbers of a signature stand before the labels.
const HEAD: usize = 5;

impl Member<'_> {
    /// Writes down everything that policies can see of the pod.
    fn sign(&self, vocabulary: &Vocabulary, signature: &mut Vec<u32>) {
        let addresses = address_classes(&self.pod.addresses, vocabulary);
        if self.pod.host_network {
            unselectable_signature(addresses, self.prefers_v6(), self.node, signature);
            return;
        }
        signature.clear();
        signature.extend([self.group.unwrap_or(NOT_SELECTABLE - 1), self.ports, u32::from(self.prefers_v6())]);
        signature.extend(addresses.map(|class| class.unwrap_or(NO_ADDRESS)));
        signature.extend(vocabulary.pods.symbols_of(&self.pod.labels));
    }

    fn prefers_v6(&self) -> bool {
        self.pod.addresses.first().is_some_and(IpAddr::is_ipv6)
    }

    /// The class that it opens.
    fn class(&self, vocabulary: &Vocabulary, signature: &[u32]) -> Class {
        let host = self.pod.host_network;
        Class {
            group: self.group.filter(|_| !host),
            symbols: signature[HEAD..].into(),
            addresses: address_classes(&self.pod.addresses, vocabulary),
            prefers_v6: self.prefers_v6(),
            ports: if host { 0 } else { self.ports },
            node: self.node.filter(|_| host),
        }
    }
}

/// The pod's ports that some policy may name.
fn mentioned_ports(pod: &Pod, vocabulary: &Vocabulary) -> Vec<NamedPort> {
    if pod.host_network {
        return Vec::new();
    }
    let mentioned = pod.ports.iter().filter_map(|port| {
        let name = port.name.as_ref().filter(|name| vocabulary.port_names.contains(*name))?;
        Some((name.clone(), port.protocol, port.number))
    });
    let mut ports: Vec<NamedPort> = mentioned.collect();
    ports.sort();
    ports
}

fn unselectable_signature(addresses: [Option<u32>; 2], prefers_v6: bool, node: Option<u32>, signature: &mut Vec<u32>) {
    signature.clear();
    signature.extend([NOT_SELECTABLE, node.unwrap_or(u32::MAX), u32::from(prefers_v6)]);
    signature.extend(addresses.map(|class| class.unwrap_or(NO_ADDRESS)));
}

fn address_classes(addresses: &[IpAddr], vocabulary: &Vocabulary) -> [Option<u32>; 2] {
    let mut classes = [None, None];
    for address in addresses {
        let class = &mut classes[family(*address)];
        if class.is_none() {
            *class = Some(vocabulary.addresses.class(*address));
        }
    }
    classes
}

/// The nodes, when policies tell them apart.
struct Nodes<'a> {
    by_address: HashMap<IpAddr, u32>,
    by_name: HashMap<&'a str, u32>,
    /// The node of host-network pods that no other node has.
    unnamed: Option<u32>,
    /// Whether addresses outside are its.
    outside: bool,
}

impl<'a> Nodes<'a> {
    fn new(snapshot: &'a Snapshot, vocabulary: &Vocabulary) -> Self {
        let mut nodes = Self { by_address: HashMap::new(), by_name: HashMap::new(), unnamed: None, outside: false };
        if vocabulary.nodes {
            nodes.unnamed = snapshot.unnamed_node().map(|at| at as u32);
            nodes.outside = snapshot.networks.outside_is_node;
            for (at, node) in snapshot.nodes.iter().enumerate() {
                nodes.by_name.insert(&node.name, at as u32);
                nodes.by_address.extend(node.addresses.iter().map(|address| (*address, at as u32)));
            }
        }
        nodes
    }

    fn of_host_pod(&self, pod: &Pod) -> Option<u32> {
        if !pod.host_network {
            return None;
        }
        let named = pod.node.as_deref().and_then(|node| self.by_name.get(node));
        let found = named.or_else(|| pod.addresses.iter().find_map(|address| self.by_address.get(address)));
        found.copied().or(self.unnamed)
    }
}
