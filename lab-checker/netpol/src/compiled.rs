//! Policies over classes: every selector, peer and block as the set of classes that it matches, and
//! for every class the list of policies that apply to it.

use std::collections::HashMap;
use std::sync::Arc;

use fixedbitset::FixedBitSet;

use crate::classes::{Class, Classes};
use crate::vocabulary::Vocabulary;
use crate::{
    Action, ClusterNetworkPolicy, ClusterPeer, ClusterPort, Direction, NamespaceScope, NetworkPolicy, Peer, PortRule,
    Requirement, Selector, Snapshot, Subject, Tier,
};

/// A set of classes.
pub(crate) type ClassSet = Arc<FixedBitSet>;

/// A snapshot's policies, ready to be asked about whole sets of endpoints.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) words: Vocabulary,
    pub(crate) classes: Classes,
    pub(crate) policies: Vec<CompiledPolicy>,
    /// By tier, priority and name.
    pub(crate) cluster_policies: Vec<CompiledClusterPolicy>,
    /// What applies to each class, `[egress, ingress]`.
    pub(crate) applying: [Applying; 2],
    /// 1, or 2 when some endpoint has addresses of both families: then a peer's set depends on the
    /// family that a flow uses.
    pub(crate) planes: usize,
    sets: Sets,
}

/// Which lists of policies apply to the classes in one direction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Applying {
    /// The list of every class.
    pub(crate) of_class: Vec<u32>,
    /// The different lists.
    pub(crate) lists: Vec<Asked>,
}

/// The policies that are asked about a class, and the class's named ports where they matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Asked {
    /// Indexes of [`Compiled::policies`], ascending.
    pub(crate) policies: Vec<u32>,
    /// Indexes of [`Compiled::cluster_policies`], in the order of asking.
    pub(crate) cluster_policies: Vec<u32>,
    /// For ingress rules that name ports: which list of named ports the destination has.
    pub(crate) ports: Option<u32>,
}

/// A NetworkPolicy over classes.
#[derive(Clone, Debug)]
pub(crate) struct CompiledPolicy {
    pub(crate) selected: ClassSet,
    /// `[egress, ingress]`; `None` where it does not isolate.
    pub(crate) rules: [Option<Vec<CompiledRule>>; 2],
}

/// A ClusterNetworkPolicy over classes.
#[derive(Clone, Debug)]
pub(crate) struct CompiledClusterPolicy {
    pub(crate) tier: Tier,
    pub(crate) subject: ClassSet,
    /// `[egress, ingress]`.
    pub(crate) rules: [Vec<CompiledRule>; 2],
}

/// A rule over classes.
#[derive(Clone, Debug)]
pub(crate) struct CompiledRule {
    /// What a match does; Accept for a NetworkPolicy's rule.
    pub(crate) action: Action,
    /// The other ends that match, per plane; the last one stands for the planes behind it.
    pub(crate) peers: Vec<ClassSet>,
    /// The ports that match; empty for all.
    pub(crate) ports: Vec<RulePort>,
}

/// A port that a rule matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RulePort {
    /// A range; the same for every destination.
    Range(crate::Protocol, u16, u16),
    /// A name, which every destination reads in its own way; of one protocol, or of any.
    Named(Option<crate::Protocol>, String),
}

impl Direction {
    /// Index in pairs that are kept per direction.
    pub(crate) fn slot(self) -> usize {
        match self {
            Self::Egress => 0,
            Self::Ingress => 1,
        }
    }
}

impl CompiledRule {
    pub(crate) fn peers(&self, plane: usize) -> &FixedBitSet {
        &self.peers[plane.min(self.peers.len() - 1)]
    }

    pub(crate) fn names_ports(&self) -> bool {
        self.ports.iter().any(|port| matches!(port, RulePort::Named(..)))
    }
}

impl Compiled {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let words = Vocabulary::new(snapshot);
        let classes = Classes::new(snapshot, &words);
        let planes = if classes.list.iter().any(Class::is_dual) { 2 } else { 1 };
        let sets = Sets::new(&classes, &words, planes);
        let mut compiled = Self {
            words,
            classes,
            policies: Vec::with_capacity(snapshot.policies.len()),
            cluster_policies: Vec::with_capacity(snapshot.cluster_policies.len()),
            applying: Default::default(),
            planes,
            sets,
        };
        compiled.compile_policies(snapshot);
        compiled
    }

    fn compile_policies(&mut self, snapshot: &Snapshot) {
        self.policies.clear();
        for policy in &snapshot.policies {
            let policy = self.policy(snapshot, policy);
            self.policies.push(policy);
        }
        let mut ordered: Vec<&ClusterNetworkPolicy> = snapshot.cluster_policies.iter().collect();
        ordered.sort_by(|a, b| (a.tier, a.priority, &a.name).cmp(&(b.tier, b.priority, &b.name)));
        self.cluster_policies.clear();
        for policy in ordered {
            let policy = self.cluster_policy(snapshot, policy);
            self.cluster_policies.push(policy);
        }
        self.apply_policies();
    }

    /// Compiles all policies again, for namespaces whose labels have changed; the classes stay.
    pub(crate) fn recompile_policies(&mut self, snapshot: &Snapshot) {
        self.sets.peers.clear();
        self.compile_policies(snapshot);
    }

    /// Works out again which policies are asked about each class.
    pub(crate) fn apply_policies(&mut self) {
        self.applying = [Direction::Egress, Direction::Ingress].map(|direction| self.apply(direction));
    }

    /// Compiles one NetworkPolicy, whose words must be known.
    pub(crate) fn policy(&mut self, snapshot: &Snapshot, policy: &NetworkPolicy) -> CompiledPolicy {
        let look = Look { snapshot, words: &self.words, classes: &self.classes, planes: self.planes };
        let group = self.classes.groups.of(&policy.namespace);
        let selected = look.pods_in(&mut self.sets, group, &policy.pod_selector);
        let rules = [&policy.egress, &policy.ingress].map(|rules| {
            let compile = |rule: &crate::Rule| CompiledRule {
                action: Action::Accept,
                peers: look.peers(&mut self.sets, group, &rule.peers),
                ports: rule.ports.iter().map(RulePort::from).collect(),
            };
            rules.as_ref().map(|rules| rules.iter().map(compile).collect())
        });
        CompiledPolicy { selected: Arc::new(selected), rules }
    }

    fn cluster_policy(&mut self, snapshot: &Snapshot, policy: &ClusterNetworkPolicy) -> CompiledClusterPolicy {
        let look = Look { snapshot, words: &self.words, classes: &self.classes, planes: self.planes };
        let sets = &mut self.sets;
        let subject = match &policy.subject {
            Subject::Namespaces(selector) => look.namespaces(sets, selector),
            Subject::Pods(both) => look.pods(sets, &both.namespaces, &both.pods),
        };
        let rules = [Direction::Egress, Direction::Ingress].map(|direction| {
            let compile = |rule: &crate::ClusterRule| CompiledRule {
                action: rule.action,
                peers: look.cluster_peers(sets, rule.action, &rule.peers),
                ports: rule.ports.iter().map(RulePort::from).collect(),
            };
            policy.rules(direction).iter().map(compile).collect()
        });
        CompiledClusterPolicy { tier: policy.tier, subject: Arc::new(subject), rules }
    }

    /// Works out which policies are asked about each class.
    fn apply(&self, direction: Direction) -> Applying {
        let slot = direction.slot();
        let mut asked = vec![Asked::default(); self.classes.len()];
        let note_ports = |asked: &mut Asked, class: usize, rules: &[CompiledRule]| {
            if direction == Direction::Ingress && rules.iter().any(CompiledRule::names_ports) {
                asked.ports = Some(self.classes.list[class].ports);
            }
        };
        for (at, policy) in self.policies.iter().enumerate() {
            let Some(rules) = &policy.rules[slot] else { continue };
            for class in policy.selected.ones() {
                asked[class].policies.push(at as u32);
                note_ports(&mut asked[class], class, rules);
            }
        }
        for (at, policy) in self.cluster_policies.iter().enumerate() {
            let rules = &policy.rules[slot];
            if rules.is_empty() {
                continue;
            }
            for class in policy.subject.ones() {
                asked[class].cluster_policies.push(at as u32);
                note_ports(&mut asked[class], class, rules);
            }
        }
        let mut applying = Applying::default();
        let mut index: HashMap<Asked, u32> = HashMap::new();
        for list in asked {
            let next = index.len() as u32;
            let number = *index.entry(list).or_insert_with_key(|list| {
                applying.lists.push(list.clone());
                next
            });
            applying.of_class.push(number);
        }
        applying
    }
}

impl Class {
    /// Whether it has addresses of both families.
    pub(crate) fn is_dual(&self) -> bool {
        self.addresses.iter().all(Option::is_some)
    }
}

impl From<&PortRule> for RulePort {
    fn from(rule: &PortRule) -> Self {
        match &rule.port {
            crate::PortSpec::Any => Self::Range(rule.protocol, 0, u16::MAX),
            crate::PortSpec::Range { from, to } => Self::Range(rule.protocol, *from, *to),
            crate::PortSpec::Named(name) => Self::Named(Some(rule.protocol), name.clone()),
        }
    }
}

impl From<&ClusterPort> for RulePort {
    fn from(port: &ClusterPort) -> Self {
        match port {
            ClusterPort::Range { protocol, from, to } => Self::Range(*protocol, *from, *to),
            ClusterPort::Named(name) => Self::Named(None, name.clone()),
        }
    }
}

/// The sets that are needed again and again, each worked out once.
#[derive(Clone, Debug, Default)]
struct Sets {
    /// Pods that selectors see.
    selectable: FixedBitSet,
    /// By symbol of a pod's label.
    symbols: Vec<FixedBitSet>,
    /// By namespace group.
    groups: Vec<FixedBitSet>,
    /// By plane and block.
    blocks: Vec<Vec<FixedBitSet>>,
    /// Peers seen so far: the group that a peer without namespaceSelector stands in, and the peer.
    peers: HashMap<(Option<u32>, Peer), Vec<ClassSet>>,
}

impl Sets {
    fn new(classes: &Classes, words: &Vocabulary, planes: usize) -> Self {
        let empty = FixedBitSet::with_capacity(classes.len());
        let mut sets = Self {
            selectable: classes.filter(|class| class.group.is_some()),
            symbols: vec![empty.clone(); words.pods.len()],
            groups: vec![empty.clone(); classes.groups.representative.len()],
            blocks: vec![vec![empty; words.addresses.len()]; planes],
            peers: HashMap::new(),
        };
        for (at, class) in classes.list.iter().enumerate() {
            for symbol in &class.symbols {
                sets.symbols[*symbol as usize].insert(at);
            }
            if let Some(group) = class.group {
                sets.groups[group as usize].insert(at);
            }
            for (plane, blocks) in sets.blocks.iter_mut().enumerate() {
                let address = class.addresses[plane].or(class.addresses[1 - plane]);
                for block in words.addresses.blocks_of(address.unwrap_or(0)) {
                    blocks[*block].insert(at);
                }
            }
        }
        sets
    }
}

/// Looks up the classes that selectors and peers match.
struct Look<'a> {
    snapshot: &'a Snapshot,
    words: &'a Vocabulary,
    classes: &'a Classes,
    planes: usize,
}

impl Look<'_> {
    /// The pods of one namespace that match.
    fn pods_in(&self, sets: &mut Sets, group: Option<u32>, selector: &Selector) -> FixedBitSet {
        let mut set = group.map_or_else(
            || FixedBitSet::with_capacity(self.classes.len()),
            |group| sets.groups[group as usize].clone(),
        );
        self.narrow(sets, &mut set, selector);
        set
    }

    /// All pods of the matching namespaces.
    fn namespaces(&self, sets: &Sets, selector: &Selector) -> FixedBitSet {
        if selector.requirements.is_empty() {
            return sets.selectable.clone();
        }
        let mut set = FixedBitSet::with_capacity(self.classes.len());
        for (group, namespace) in self.classes.groups.representative.iter().enumerate() {
            if selector.matches(&self.snapshot.namespaces[*namespace].labels) {
                set.union_with(&sets.groups[group]);
            }
        }
        set
    }

    fn pods(&self, sets: &Sets, namespaces: &Selector, pods: &Selector) -> FixedBitSet {
        let mut set = self.namespaces(sets, namespaces);
        self.narrow(sets, &mut set, pods);
        set
    }

    /// Keeps the pods that a selector matches.
    fn narrow(&self, sets: &Sets, set: &mut FixedBitSet, selector: &Selector) {
        for requirement in &selector.requirements {
            let mut with = FixedBitSet::with_capacity(self.classes.len());
            match requirement {
                Requirement::In { key, values } | Requirement::NotIn { key, values } => {
                    for symbol in values.iter().filter_map(|value| self.words.pods.value(key, value)) {
                        with.union_with(&sets.symbols[symbol]);
                    }
                }
                Requirement::Exists { key } | Requirement::DoesNotExist { key } => {
                    for symbol in self.words.pods.of_key(key) {
                        with.union_with(&sets.symbols[symbol]);
                    }
                }
            }
            match requirement {
                Requirement::In { .. } | Requirement::Exists { .. } => set.intersect_with(&with),
                Requirement::NotIn { .. } | Requirement::DoesNotExist { .. } => set.difference_with(&with),
            }
        }
    }

    /// Everybody that one of a rule's peers matches; without peers, everybody.
    fn peers(&self, sets: &mut Sets, own: Option<u32>, peers: &[Peer]) -> Vec<ClassSet> {
        match peers {
            [] => vec![Arc::new(self.everybody())],
            [peer] => self.peer(sets, own, peer),
            peers => {
                let each: Vec<Vec<ClassSet>> = peers.iter().map(|peer| self.peer(sets, own, peer)).collect();
                union(&each)
            }
        }
    }

    fn peer(&self, sets: &mut Sets, own: Option<u32>, peer: &Peer) -> Vec<ClassSet> {
        let own = own.filter(|_| matches!(peer, Peer::Pods { namespaces: NamespaceScope::Own, .. }));
        let key = (own, peer.clone());
        if let Some(known) = sets.peers.get(&key) {
            return known.clone();
        }
        let found: Vec<ClassSet> = match peer {
            Peer::Pods { namespaces: NamespaceScope::Own, pods } => vec![Arc::new(self.pods_in(sets, own, pods))],
            Peer::Pods { namespaces: NamespaceScope::Matching(namespaces), pods } => {
                vec![Arc::new(self.pods(sets, namespaces, pods))]
            }
            Peer::IpBlock(block) => (0..self.planes)
                .map(|plane| {
                    let mut set = self.block(sets, plane, block.cidr);
                    for hole in &block.except {
                        set.difference_with(&self.block(sets, plane, *hole));
                    }
                    Arc::new(set)
                })
                .collect(),
        };
        sets.peers.insert(key, found.clone());
        found
    }

    fn block(&self, sets: &Sets, plane: usize, block: ipnet::IpNet) -> FixedBitSet {
        let known = self.words.addresses.block(block);
        known.map_or_else(|| FixedBitSet::with_capacity(self.classes.len()), |at| sets.blocks[plane][at].clone())
    }

    fn everybody(&self) -> FixedBitSet {
        let mut set = FixedBitSet::with_capacity(self.classes.len());
        set.insert_range(..);
        set
    }

    fn cluster_peers(&self, sets: &Sets, action: Action, peers: &[ClusterPeer]) -> Vec<ClassSet> {
        let each: Vec<Vec<ClassSet>> = peers.iter().map(|peer| self.cluster_peer(sets, action, peer)).collect();
        if each.is_empty() { vec![Arc::new(FixedBitSet::with_capacity(self.classes.len()))] } else { union(&each) }
    }

    fn cluster_peer(&self, sets: &Sets, action: Action, peer: &ClusterPeer) -> Vec<ClassSet> {
        let one = |set: FixedBitSet| vec![Arc::new(set)];
        match peer {
            ClusterPeer::Namespaces(selector) => one(self.namespaces(sets, selector)),
            ClusterPeer::Pods(both) => one(self.pods(sets, &both.namespaces, &both.pods)),
            ClusterPeer::Networks(networks) => (0..self.planes)
                .map(|plane| {
                    let mut set = FixedBitSet::with_capacity(self.classes.len());
                    networks.iter().for_each(|network| set.union_with(&self.block(sets, plane, *network)));
                    Arc::new(set)
                })
                .collect(),
            ClusterPeer::Nodes(selector) => one(self.classes.filter(|class| {
                class.node.is_some_and(|node| selector.matches(&self.snapshot.nodes[node as usize].labels))
            })),
            ClusterPeer::DomainNames(_) => one(FixedBitSet::with_capacity(self.classes.len())),
            // An unknown peer fails closed: it must never open more, and never block less.
            ClusterPeer::Unknown if action == Action::Accept => one(FixedBitSet::with_capacity(self.classes.len())),
            ClusterPeer::Unknown => one(self.everybody()),
        }
    }
}

/// The union, plane by plane.
fn union(each: &[Vec<ClassSet>]) -> Vec<ClassSet> {
    let planes = each.iter().map(Vec::len).max().unwrap_or(0);
    (0..planes)
        .map(|plane| {
            let mut sets = each.iter().map(|sets| &sets[plane.min(sets.len() - 1)]);
            let mut all = sets.next().map_or_else(FixedBitSet::new, |set| FixedBitSet::clone(set));
            sets.for_each(|set| all.union_with(set));
            Arc::new(all)
        })
        .collect()
}

/// The plane on which a flow between two classes is judged: the family of the destination's first
/// address that the source has too.
pub(crate) fn plane(source: &Class, destination: &Class) -> usize {
    let order = if destination.prefers_v6 { [1, 0] } else { [0, 1] };
    let shared = |plane: &usize| destination.addresses[*plane].is_some() && source.addresses[*plane].is_some();
    order.into_iter().find(shared).unwrap_or(0)
}
