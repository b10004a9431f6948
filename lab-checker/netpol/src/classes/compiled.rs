//! Policies over classes: every rule with the sets of classes that it matches, and for every class the
//! list of policies that apply to it.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use fixedbitset::FixedBitSet;

use super::partition::{Class, Classes};
use super::sets::{ClassSet, ClassSets, Matcher};
use super::vocabulary::Vocabulary;
use crate::model::{
    Action, ClusterNetworkPolicy, ClusterPort, ClusterRule, Direction, NetworkPolicy, PortRule, PortSpec, Protocol,
    Rule, Snapshot, Subject, Tier,
};

/// A snapshot's policies, ready to be asked about whole sets of endpoints.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) vocabulary: Vocabulary,
    pub(crate) classes: Classes,
    pub(crate) policies: Vec<CompiledPolicy>,
    /// By tier, priority and name.
    pub(crate) cluster_policies: Vec<CompiledClusterPolicy>,
    /// What applies to each class, `[egress, ingress]`.
    pub(crate) policy_lists: [PolicyLists; 2],
    /// 1, or 2 when some endpoint has addresses of both families: then a peer's set depends on the
    /// family that a flow uses.
    pub(crate) planes: usize,
    sets: ClassSets,
}

/// Which lists of policies apply to the classes in one direction.
#[derive(Clone, Debug, Default)]
pub(crate) struct PolicyLists {
    /// The list of every class.
    pub(crate) of_class: Vec<u32>,
    /// The different lists.
    pub(crate) distinct: Vec<PolicyList>,
}

/// The policies that are asked about a class, and the class's named ports where they matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct PolicyList {
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
    Range(Protocol, u16, u16),
    /// A name, which every destination reads in its own way; of one protocol, or of any.
    Named(Option<Protocol>, String),
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
        let vocabulary = Vocabulary::new(snapshot);
        let classes = Classes::new(snapshot, &vocabulary);
        let planes = if classes.list.iter().any(Class::is_dual) { 2 } else { 1 };
        let sets = ClassSets::new(&classes, &vocabulary, planes);
        let mut compiled = Self {
            vocabulary,
            classes,
            policies: Vec::with_capacity(snapshot.policies.len()),
            cluster_policies: Vec::with_capacity(snapshot.cluster_policies.len()),
            policy_lists: Default::default(),
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
        self.list_policies();
    }

    /// Compiles all policies again, for namespaces whose labels have changed; the classes stay.
    pub(crate) fn recompile_policies(&mut self, snapshot: &Snapshot) {
        self.sets.peers.clear();
        self.compile_policies(snapshot);
    }

    /// Works out again which policies are asked about each class.
    pub(crate) fn list_policies(&mut self) {
        self.policy_lists = [Direction::Egress, Direction::Ingress].map(|direction| self.lists(direction));
    }

    /// Compiles one NetworkPolicy, whose words must be known.
    pub(crate) fn policy(&mut self, snapshot: &Snapshot, policy: &NetworkPolicy) -> CompiledPolicy {
        let matcher = Matcher { snapshot, vocabulary: &self.vocabulary, classes: &self.classes, planes: self.planes };
        let group = self.classes.groups.of(&policy.namespace);
        let selected = matcher.pods_in(&mut self.sets, group, &policy.pod_selector);
        let rules = [&policy.egress, &policy.ingress].map(|rules| {
            let compile = |rule: &Rule| CompiledRule {
                action: Action::Accept,
                peers: matcher.peers(&mut self.sets, group, &rule.peers),
                ports: rule.ports.iter().map(RulePort::from).collect(),
            };
            rules.as_ref().map(|rules| rules.iter().map(compile).collect())
        });
        CompiledPolicy { selected: Arc::new(selected), rules }
    }

    fn cluster_policy(&mut self, snapshot: &Snapshot, policy: &ClusterNetworkPolicy) -> CompiledClusterPolicy {
        let matcher = Matcher { snapshot, vocabulary: &self.vocabulary, classes: &self.classes, planes: self.planes };
        let sets = &mut self.sets;
        let subject = match &policy.subject {
            Subject::Namespaces(selector) => matcher.namespaces(sets, selector),
            Subject::Pods(both) => matcher.pods(sets, &both.namespaces, &both.pods),
        };
        let rules = [Direction::Egress, Direction::Ingress].map(|direction| {
            let compile = |rule: &ClusterRule| CompiledRule {
                action: rule.action,
                peers: matcher.cluster_peers(sets, rule.action, &rule.peers),
                ports: rule.ports.iter().map(RulePort::from).collect(),
            };
            policy.rules(direction).iter().map(compile).collect()
        });
        CompiledClusterPolicy { tier: policy.tier, subject: Arc::new(subject), rules }
    }

    /// Works out which policies are asked about each class.
    fn lists(&self, direction: Direction) -> PolicyLists {
        let slot = direction.slot();
        let mut of_class = vec![PolicyList::default(); self.classes.len()];
        let note_ports = |list: &mut PolicyList, class: usize, rules: &[CompiledRule]| {
            if direction == Direction::Ingress && rules.iter().any(CompiledRule::names_ports) {
                list.ports = Some(self.classes.list[class].ports);
            }
        };
        for (at, policy) in self.policies.iter().enumerate() {
            let Some(rules) = &policy.rules[slot] else { continue };
            for class in policy.selected.ones() {
                of_class[class].policies.push(at as u32);
                note_ports(&mut of_class[class], class, rules);
            }
        }
        for (at, policy) in self.cluster_policies.iter().enumerate() {
            let rules = &policy.rules[slot];
            if rules.is_empty() {
                continue;
            }
            for class in policy.subject.ones() {
                of_class[class].cluster_policies.push(at as u32);
                note_ports(&mut of_class[class], class, rules);
            }
        }
        let mut lists = PolicyLists::default();
        let mut index: HashMap<PolicyList, u32> = HashMap::new();
        for list in of_class {
            let next = index.len() as u32;
            let number = *index.entry(list).or_insert_with_key(|list| {
                lists.distinct.push(list.clone());
                next
            });
            lists.of_class.push(number);
        }
        lists
    }
}

impl From<&PortRule> for RulePort {
    fn from(rule: &PortRule) -> Self {
        match &rule.port {
            PortSpec::Any => Self::Range(rule.protocol, 0, u16::MAX),
            PortSpec::Range { from, to } => Self::Range(rule.protocol, *from, *to),
            PortSpec::Named(name) => Self::Named(Some(rule.protocol), name.clone()),
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

/// The plane on which a flow between two classes is evaluated: the family of the destination's first
/// address that the source has too.
pub(crate) fn plane(source: &Class, destination: &Class) -> usize {
    let order = if destination.prefers_v6 { [1, 0] } else { [0, 1] };
    let shared = |plane: &usize| destination.addresses[*plane].is_some() && source.addresses[*plane].is_some();
    order.into_iter().find(shared).unwrap_or(0)
}
