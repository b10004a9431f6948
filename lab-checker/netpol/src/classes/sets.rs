//! Sets of classes: those that every selector, peer and block of addresses matches.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use fixedbitset::FixedBitSet;

use super::partition::Classes;
use super::vocabulary::Vocabulary;
use crate::model::{Action, ClusterPeer, NamespaceScope, Peer, Requirement, Selector, Snapshot};

/// A set of classes.
pub(crate) type ClassSet = Arc<FixedBitSet>;

/// The sets that are needed again and again, each worked out once.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClassSets {
    /// Pods that selectors see.
    selectable: FixedBitSet,
    /// By symbol of a pod's label.
    symbols: Vec<FixedBitSet>,
    /// By namespace group.
    groups: Vec<FixedBitSet>,
    /// By plane and block.
    blocks: Vec<Vec<FixedBitSet>>,
    /// Peers seen so far: the group that a peer without namespaceSelector stands in, and the peer.
    pub(crate) peers: HashMap<(Option<u32>, Peer), Vec<ClassSet>>,
}

impl ClassSets {
    pub(crate) fn new(classes: &Classes, vocabulary: &Vocabulary, planes: usize) -> Self {
        let empty = FixedBitSet::with_capacity(classes.len());
        let mut sets = Self {
            selectable: classes.filter(|class| class.group.is_some()),
            symbols: vec![empty.clone(); vocabulary.pods.len()],
            groups: vec![empty.clone(); classes.groups.representative.len()],
            blocks: vec![vec![empty; vocabulary.addresses.len()]; planes],
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
                for block in vocabulary.addresses.blocks_of(address.unwrap_or(0)) {
                    blocks[*block].insert(at);
                }
            }
        }
        sets
    }
}

/// Looks up the classes that selectors and peers match.
pub(crate) struct Matcher<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) vocabulary: &'a Vocabulary,
    pub(crate) classes: &'a Classes,
    pub(crate) planes: usize,
}

impl Matcher<'_> {
    /// The pods of one namespace that match.
    pub(crate) fn pods_in(&self, sets: &mut ClassSets, group: Option<u32>, selector: &Selector) -> FixedBitSet {
        let mut set = group.map_or_else(
            || FixedBitSet::with_capacity(self.classes.len()),
            |group| sets.groups[group as usize].clone(),
        );
        self.narrow(sets, &mut set, selector);
        set
    }

    /// All pods of the matching namespaces.
    pub(crate) fn namespaces(&self, sets: &ClassSets, selector: &Selector) -> FixedBitSet {
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

    pub(crate) fn pods(&self, sets: &ClassSets, namespaces: &Selector, pods: &Selector) -> FixedBitSet {
        let mut set = self.namespaces(sets, namespaces);
        self.narrow(sets, &mut set, pods);
        set
    }

    /// Keeps the pods that a selector matches.
    fn narrow(&self, sets: &ClassSets, set: &mut FixedBitSet, selector: &Selector) {
        for requirement in &selector.requirements {
            let mut with = FixedBitSet::with_capacity(self.classes.len());
            match requirement {
                Requirement::In { key, values } | Requirement::NotIn { key, values } => {
                    for symbol in values.iter().filter_map(|value| self.vocabulary.pods.value(key, value)) {
                        with.union_with(&sets.symbols[symbol]);
                    }
                }
                Requirement::Exists { key } | Requirement::DoesNotExist { key } => {
                    for symbol in self.vocabulary.pods.of_key(key) {
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
    pub(crate) fn peers(&self, sets: &mut ClassSets, own: Option<u32>, peers: &[Peer]) -> Vec<ClassSet> {
        match peers {
            [] => vec![Arc::new(self.everybody())],
            [peer] => self.peer(sets, own, peer),
            peers => {
                let each: Vec<Vec<ClassSet>> = peers.iter().map(|peer| self.peer(sets, own, peer)).collect();
                union(&each)
            }
        }
    }

    fn peer(&self, sets: &mut ClassSets, own: Option<u32>, peer: &Peer) -> Vec<ClassSet> {
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

    fn block(&self, sets: &ClassSets, plane: usize, block: ipnet::IpNet) -> FixedBitSet {
        let known = self.vocabulary.addresses.block(block);
        known.map_or_else(|| FixedBitSet::with_capacity(self.classes.len()), |at| sets.blocks[plane][at].clone())
    }

    fn everybody(&self) -> FixedBitSet {
        let mut set = FixedBitSet::with_capacity(self.classes.len());
        set.insert_range(..);
        set
    }

    pub(crate) fn cluster_peers(&self, sets: &ClassSets, action: Action, peers: &[ClusterPeer]) -> Vec<ClassSet> {
        let each: Vec<Vec<ClassSet>> = peers.iter().map(|peer| self.cluster_peer(sets, action, peer)).collect();
        if each.is_empty() { vec![Arc::new(FixedBitSet::with_capacity(self.classes.len()))] } else { union(&each) }
    }

    fn cluster_peer(&self, sets: &ClassSets, action: Action, peer: &ClusterPeer) -> Vec<ClassSet> {
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
