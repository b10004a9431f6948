//! Which labels of pods policies look at, and in which namespaces: the words that something can be said in which
//! the policies do not contradict.

use std::collections::{BTreeMap, BTreeSet};

use super::words::Words;
use crate::model::{NAME_LABEL, Selector, Snapshot};

/// The labels that policies look at in some namespaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelScope {
    /// Which namespaces.
    pub namespaces: Selector,
    /// What they look at: keys of pods' labels, with the values that are mentioned.
    pub pods: BTreeMap<String, BTreeSet<String>>,
}

impl LabelScope {
    /// All scopes of the policies of a snapshot. A policy's own namespace is a scope by its name.
    #[must_use]
    pub fn all(snapshot: &Snapshot) -> Vec<Self> {
        let mut scopes: BTreeMap<Selector, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
        for (scope, pods) in Words::new(&[snapshot]).scoped_selectors() {
            let scope = scope.unwrap_or_else(|namespace| Selector::labels([(NAME_LABEL, namespace)]));
            let mentioned = scopes.entry(scope).or_default();
            for requirement in &pods.requirements {
                let values = mentioned.entry(requirement.key().to_owned()).or_default();
                values.extend(requirement.values().iter().cloned());
            }
        }
        scopes.into_iter().map(|(namespaces, pods)| Self { namespaces, pods }).collect()
    }
}
