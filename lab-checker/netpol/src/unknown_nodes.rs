//! Nodes that nobody has told: files mostly name none. Policies see nodes by their labels, so there are a few ways in
//! which they can see one, and each is looked at.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ClusterNetworkPolicy, ClusterPeer, Labels, Node, Selector, Snapshot};

/// More kinds of labels than these are not tried, and more that differ are not looked at.
const TRIED: usize = 4096;
const MOST: usize = 63;

/// The ways in which policies can see a node.
#[derive(Debug)]
pub(crate) struct NodeWays {
    /// Labels that some selector tells from the others.
    kinds: Vec<Labels>,
}

impl NodeWays {
    /// None when the nodes are told, or no policy asks for any.
    pub(crate) fn of(snapshot: &Snapshot) -> Option<Self> {
        let selectors: BTreeSet<&Selector> = snapshot.cluster_policies.iter().flat_map(node_selectors).collect();
        (snapshot.nodes.is_empty() && !selectors.is_empty()).then(|| Self { kinds: kinds(&selectors) })
    }

    /// How many ways there are: of an address, that it is no node's too.
    pub(crate) fn len(&self) -> usize {
        self.kinds.len() + 1
    }

    /// Puts the unnamed node into a snapshot that names none.
    pub(crate) fn put(&self, snapshot: &mut Snapshot, at: usize) {
        if !snapshot.nodes.is_empty() {
            return;
        }
        let way = at % self.len();
        let labels = &self.kinds[way.saturating_sub(1)];
        let named: BTreeSet<&String> = snapshot.pods.iter().filter_map(|pod| pod.node.as_ref()).collect();
        let named: Vec<Node> = named.into_iter().map(|name| node(name, labels)).collect();
        snapshot.nodes = named;
        snapshot.nodes.push(node("", labels));
        snapshot.networks.outside_is_node = way > 0;
    }
}

fn node(name: &str, labels: &Labels) -> Node {
    Node { name: name.to_owned(), labels: labels.clone(), addresses: Vec::new() }
}

fn node_selectors(policy: &ClusterNetworkPolicy) -> impl Iterator<Item = &Selector> {
    let rules = policy.ingress.iter().chain(&policy.egress);
    rules.flat_map(|rule| &rule.peers).filter_map(|peer| match peer {
        ClusterPeer::Nodes(selector) => Some(selector),
        _ => None,
    })
}

/// Labels for each set of selectors that can match together; those without any label first.
fn kinds(selectors: &BTreeSet<&Selector>) -> Vec<Labels> {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for requirement in selectors.iter().flat_map(|selector| &selector.requirements) {
        let known = values.entry(requirement.key()).or_default();
        known.extend(requirement.values().iter().map(String::as_str));
    }
    let choices: Vec<(&str, Vec<Option<String>>)> =
        values.into_iter().map(|(key, values)| (key, each(&values))).collect();
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    let all = choices.iter().fold(1usize, |all, (_, values)| all.saturating_mul(values.len()));
    for mut number in 0..all.min(TRIED) {
        let mut labels = Labels::new();
        for (key, values) in &choices {
            if let Some(value) = &values[number % values.len()] {
                labels.insert((*key).to_owned(), value.clone());
            }
            number /= values.len();
        }
        let matching: Vec<bool> = selectors.iter().map(|selector| selector.matches(&labels)).collect();
        if found.len() < MOST && seen.insert(matching) {
            found.push(labels);
        }
    }
    found
}

/// What a label may be: not there, each value that is named, and one that is not.
fn each(values: &BTreeSet<&str>) -> Vec<Option<String>> {
    let mut other = "another".to_owned();
    while values.contains(other.as_str()) {
        other.push('x');
    }
    let named = values.iter().map(|value| Some((*value).to_owned()));
    std::iter::once(None).chain(named).chain([Some(other)]).collect()
}
