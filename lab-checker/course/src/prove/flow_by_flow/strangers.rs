//! Pods and namespaces that could be there tomorrow: each combination of labels and port names that a policy of
//! either side can tell apart, as far as that are not too many.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use super::endpoint::{Endpoint, Kind};
use super::policy::{Namespaces, Peer, Pods, Policy};
use super::ports::{Numbers, PROTOCOLS, Port};
use super::selector::{Labels, NAME_LABEL, Operator, Selector};

/// So many combinations of labels are tried in full; of more, those with at most two labels, and what each selector
/// asks for.
const MOST_COMBINATIONS: usize = 48;

/// So many pods are tried in one namespace at each of the addresses that blocks tell apart.
const MOST_AT_EACH_ADDRESS: usize = 128;

/// A value that no selector mentions.
const OTHER: &str = "something-else";

/// The number of a new pod's named port.
const NUMBER: u16 = 7777;

/// What policies can tell pods and namespaces apart by.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    /// The sets of labels that new pods and new namespaces have, the empty one first.
    pods: Vec<Arc<Labels>>,
    namespaces: Vec<Arc<Labels>>,
    /// The names of namespaces that selectors mention.
    names: BTreeSet<String>,
    pub(super) port_names: BTreeSet<String>,
}

/// The labels that selectors mention.
#[derive(Debug, Default)]
struct Words {
    /// The values of each key; `OTHER` where a value that nobody mentions makes a difference.
    values: BTreeMap<String, BTreeSet<String>>,
    /// What each selector asks for.
    asked: BTreeSet<Labels>,
}

impl Vocabulary {
    /// Reads policies.
    pub(super) fn of<'a>(policies: impl Iterator<Item = &'a Policy>) -> Self {
        let (mut pods, mut namespaces, mut port_names) = (Words::default(), Words::default(), BTreeSet::new());
        let mut add = |both: &Pods| {
            pods.add(&both.pods);
            if let Namespaces::Selected(selector) = &both.namespaces {
                namespaces.add(selector);
            }
        };
        for policy in policies {
            add(&policy.subject);
            for rule in policy.all_rules() {
                for peer in rule.peers.iter().flatten() {
                    if let Peer::Pods(pods) = peer {
                        add(pods);
                    }
                }
                let names = rule.ports.iter().flatten().filter_map(|item| match &item.numbers {
                    Numbers::Named(name) => Some(name.clone()),
                    Numbers::Range(..) => None,
                });
                port_names.extend(names);
            }
        }
        let names = namespaces.values.get(NAME_LABEL).into_iter().flatten().filter(|name| *name != OTHER);
        let names = names.cloned().collect();
        Self { pods: pods.combinations(), namespaces: namespaces.combinations(), names, port_names }
    }

    /// The namespaces that could be there tomorrow, beside those that are.
    pub(super) fn new_namespaces(&self, known: &BTreeMap<String, Arc<Labels>>) -> BTreeMap<String, Arc<Labels>> {
        let named =
            self.names.iter().filter(|name| !known.contains_key(*name)).map(|name| (name.clone(), Labels::new()));
        let unnamed = self.namespaces.iter().enumerate().map(|(number, labels)| {
            let name = if number == 0 { "new-namespace".to_owned() } else { format!("new-namespace-{number}") };
            (name, (**labels).clone())
        });
        let with_name = |(name, mut labels): (String, Labels)| {
            labels.insert(NAME_LABEL.to_owned(), name.clone());
            (name, Arc::new(labels))
        };
        named.chain(unnamed).map(with_name).collect()
    }

    /// Whether selectors name this namespace.
    pub(super) fn names_namespace(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// The pods that could come into a namespace. `numbers` are those that pods of today have under a name.
    pub(super) fn pods_in(
        &self,
        namespace: &str,
        namespace_labels: &Arc<Labels>,
        addresses: &[IpAddr],
        numbers: &BTreeMap<String, BTreeSet<Port>>,
    ) -> Vec<Endpoint> {
        let namespace: Arc<str> = namespace.into();
        let ports = self.port_profiles(numbers);
        let many = self.pods.len() * ports.len() * addresses.len() > MOST_AT_EACH_ADDRESS;
        let mut pods = Vec::new();
        for (at, address) in addresses.iter().enumerate() {
            for labels in self.pods.iter().take(if many && at > 0 { 1 } else { usize::MAX }) {
                pods.extend(ports.iter().map(|names| Endpoint {
                    kind: Kind::Stranger,
                    namespace: Arc::clone(&namespace),
                    namespace_labels: Arc::clone(namespace_labels),
                    labels: Arc::clone(labels),
                    address: *address,
                    names: names.clone(),
                }));
            }
        }
        pods
    }

    /// No named port; one of each name, at a number of its own and at those of today; and all of them at one number.
    fn port_profiles(&self, numbers: &BTreeMap<String, BTreeSet<Port>>) -> Vec<Vec<(String, Port)>> {
        let mut profiles = vec![Vec::new()];
        for name in &self.port_names {
            profiles.extend(PROTOCOLS.iter().map(|protocol| vec![(name.clone(), (NUMBER, *protocol))]));
            let known = numbers.get(name).into_iter().flatten();
            profiles.extend(known.map(|port| vec![(name.clone(), *port)]));
        }
        if self.port_names.len() > 1 {
            let all = |protocol| self.port_names.iter().map(|name| (name.clone(), (NUMBER, protocol))).collect();
            profiles.extend(PROTOCOLS.map(all));
        }
        profiles
    }
}

/// The number of a new pod's named ports.
pub(super) fn new_number() -> u16 {
    NUMBER
}

impl Words {
    fn add(&mut self, selector: &Selector) {
        let mut asked = Labels::new();
        for condition in &selector.conditions {
            let values = self.values.entry(condition.key.clone()).or_default();
            values.extend(condition.values.iter().cloned());
            if condition.operator != Operator::In {
                values.insert(OTHER.to_owned());
            }
            let value = match condition.operator {
                Operator::In => condition.values.first().cloned(),
                Operator::Exists => Some(OTHER.to_owned()),
                Operator::NotIn | Operator::DoesNotExist => None,
            };
            asked.extend(value.map(|value| (condition.key.clone(), value)));
        }
        self.asked.insert(asked);
    }

    /// The sets of labels to try, the empty one first. The name of a namespace is not chosen here.
    fn combinations(&self) -> Vec<Arc<Labels>> {
        let keys: Vec<(&String, &BTreeSet<String>)> =
            self.values.iter().filter(|(key, _)| *key != NAME_LABEL).collect();
        let full = keys.iter().fold(1_usize, |product, (_, values)| product.saturating_mul(values.len() + 1));
        let mut sets = BTreeSet::from([Labels::new()]);
        for (key, values) in keys {
            for set in sets.clone() {
                // Too many: two labels at most.
                if full > MOST_COMBINATIONS && set.len() > 1 {
                    continue;
                }
                sets.extend(values.iter().map(|value| {
                    let mut set = set.clone();
                    set.insert(key.clone(), value.clone());
                    set
                }));
            }
        }
        if full > MOST_COMBINATIONS {
            sets.extend(self.neighbours());
        }
        sets.into_iter().map(Arc::new).collect()
    }

    /// What each selector asks for, also with one label less.
    fn neighbours(&self) -> impl Iterator<Item = Labels> {
        self.asked.iter().flat_map(|asked| {
            let mut asked = asked.clone();
            asked.remove(NAME_LABEL);
            let less = asked.keys().map(|key| {
                let mut less = asked.clone();
                less.remove(key);
                less
            });
            let mut sets: Vec<Labels> = less.collect();
            sets.push(asked);
            sets
        })
    }
}
