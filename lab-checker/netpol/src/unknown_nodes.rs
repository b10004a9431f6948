//! Nodes that nobody has told: files mostly name none. Policies see nodes by their labels, so there are a few ways in
//! which they can see one, and each is looked at.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ClusterNetworkPolicy, ClusterPeer, Labels, Node, Pod, Selector, Snapshot};

/// More kinds of labels than these are not tried, and more that differ are not looked at.
const TRIED: usize = 4096;
const MOST: usize = 63;

/// The ways in which policies can see a node.
#[derive(Debug)]
pub(crate) struct NodeWays {
    /// Labels that some selector tells from the others.
    kinds: Vec<Labels>,
    /// Whether the nodes are told, and only which of them host-network pods run on is not.
    told: bool,
}

impl NodeWays {
    /// None when it is told which nodes there are and who runs on them, or no policy asks for any.
    pub(crate) fn of(snapshot: &Snapshot) -> Option<Self> {
        let selectors: BTreeSet<&Selector> = snapshot.cluster_policies.iter().flat_map(node_selectors).collect();
        let told = !snapshot.nodes.is_empty();
        if selectors.is_empty() || told && !snapshot.pods.iter().any(|pod| is_anywhere(pod, snapshot)) {
            return None;
        }
        let kinds = match told {
            true => told_apart(&selectors, snapshot.nodes.iter().map(|node| node.labels.clone())),
            false => told_apart(&selectors, imagined(&selectors).into_iter()),
        };
        Some(Self { kinds, told })
    }

    /// How many ways there are: of an address that nobody has told, that it is no node's too.
    pub(crate) fn len(&self) -> usize {
        self.kinds.len() + usize::from(!self.told)
    }

    /// Puts the unnamed node into a snapshot that names none.
    pub(crate) fn put(&self, snapshot: &mut Snapshot, at: usize) {
        let way = at % self.len();
        if self.told {
            // Two snapshots are compared in the same ways, and only one of them may have such a pod.
            snapshot.nodes.push(node("", &self.kinds[way]));
            return;
        }
        if !snapshot.nodes.is_empty() {
            return;
        }
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

/// Whether a pod of the host's network runs on some node, and nothing says on which.
fn is_anywhere(pod: &Pod, snapshot: &Snapshot) -> bool {
    let is_its = |node: &Node| {
        pod.node.as_ref() == Some(&node.name) || pod.addresses.iter().any(|address| node.addresses.contains(address))
    };
    pod.host_network && pod.is_endpoint() && !snapshot.nodes.iter().any(is_its)
}

/// Of all labels, one for each set of selectors that match them.
fn told_apart(selectors: &BTreeSet<&Selector>, all: impl Iterator<Item = Labels>) -> Vec<Labels> {
    let mut seen = BTreeSet::new();
    let matching =
        |labels: &Labels| -> Vec<bool> { selectors.iter().map(|selector| selector.matches(labels)).collect() };
    all.filter(|labels| seen.insert(matching(labels))).take(MOST).collect()
}

/// The labels that nodes may have, as far as selectors speak of them; those without any label first.
fn imagined(selectors: &BTreeSet<&Selector>) -> Vec<Labels> {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for requirement in selectors.iter().flat_map(|selector| &selector.requirements) {
        let known = values.entry(requirement.key()).or_default();
        known.extend(requirement.values().iter().map(String::as_str));
    }
    let choices: Vec<(&str, Vec<Option<String>>)> =
        values.into_iter().map(|(key, values)| (key, each(&values))).collect();
    let all = choices.iter().fold(1usize, |all, (_, values)| all.saturating_mul(values.len()));
    let labels = |mut number: usize| {
        let mut labels = Labels::new();
        for (key, values) in &choices {
            if let Some(value) = &values[number % values.len()] {
                labels.insert((*key).to_owned(), value.clone());
            }
            number /= values.len();
        }
        labels
    };
    (0..all.min(TRIED)).map(labels).collect()
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
