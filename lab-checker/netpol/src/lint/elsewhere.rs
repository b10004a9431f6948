//! Help for a peer that matches no pod: where the pods are that were probably meant, and how to say that.

use std::collections::BTreeSet;

use super::pods::{in_scope, pods};
use super::yaml;
use crate::engine::Engine;
use crate::model::{Labels, NAME_LABEL, NamespaceScope, NetworkPolicy, Peer, Pod, Requirement, Selector, phrases};

/// More namespaces than these are not told one by one.
const MOST_NAMED: usize = 5;

/// What may help, in words and as YAML.
#[derive(Default)]
pub(crate) struct Help {
    pub(crate) words: Option<String>,
    pub(crate) fix: Option<String>,
}

impl Help {
    fn of(words: String, peer: &Peer) -> Self {
        Self { words: Some(words), fix: Some(yaml::peer(peer)) }
    }
}

/// What may help a peer of selectors that matches no pod.
pub(crate) fn help(engine: &Engine, policy: &NetworkPolicy, scope: &NamespaceScope, selector: &Selector) -> Help {
    let found = match scope {
        NamespaceScope::Own => in_other_namespaces(engine, policy, selector),
        NamespaceScope::Matching(namespaces) => no_such_namespace(engine, namespaces, selector),
    };
    found.unwrap_or_else(|| {
        let there = pods(engine).filter(|pod| !pod.host_network && in_scope(engine, policy, scope, &pod.namespace));
        Help { words: nearly(selector, there.map(|pod| &pod.labels)), fix: None }
    })
}

/// A peer without a namespaceSelector, while the pods are in other namespaces.
fn in_other_namespaces(engine: &Engine, policy: &NetworkPolicy, selector: &Selector) -> Option<Help> {
    if selector.requirements.is_empty() {
        return None;
    }
    let places = namespaces_of(engine, |pod| selector.matches(&pod.labels));
    let scope = by_name(&places)?;
    let words = format!(
        "{} are in {}: a peer without namespaceSelector looks in {} only; write both selectors in one item",
        phrases::pods_with(selector),
        named(&places),
        policy.namespace
    );
    Some(Help::of(words, &Peer::Pods { namespaces: scope, pods: selector.clone() }))
}

/// A namespaceSelector that no namespace meets, because it asks for a label that namespaces do not have.
fn no_such_namespace(engine: &Engine, namespaces: &Selector, selector: &Selector) -> Option<Help> {
    let known: Vec<(&str, &Labels)> =
        engine.snapshot().namespaces.iter().map(|one| (one.name.as_str(), &one.labels)).collect();
    if known.iter().any(|(_, labels)| namespaces.matches(labels)) {
        return None;
    }
    let wanting = namespaces.requirements.iter().find(|one| !known.iter().any(|(_, labels)| one.matches(labels)))?;
    let Requirement::In { key, values } = wanting else { return None };
    let is_name = |value: &String| known.iter().any(|(name, _)| name == value);
    let has_key = known.iter().any(|(_, labels)| labels.contains_key(key));
    if key != NAME_LABEL && (values.iter().all(is_name) || !has_key && NAMES.contains(&key.as_str())) {
        let wanted = Requirement::In { key: NAME_LABEL.to_owned(), values: values.clone() };
        let words = format!(
            "no namespace has the label {key}={}: every namespace has its name in the label {NAME_LABEL}",
            phrases::any_of(values)
        );
        return Some(Help::of(words, &with_namespaces(replaced(namespaces, wanting, wanted), selector)));
    }
    if key == NAME_LABEL {
        // A namespace that is not there may stand in other manifests.
        return None;
    }
    if !has_key {
        let of_pods = |pod: &Pod| wanting.matches(&pod.labels);
        let places = namespaces_of(engine, of_pods);
        if let Some(scope) = by_name(&places) {
            let words = format!(
                "pods in {} have {key}={}, and no namespace has: labels of pods belong under podSelector",
                named(&places),
                phrases::any_of(values)
            );
            let mut both = selector.clone();
            both.requirements.push(wanting.clone());
            return Some(Help::of(words, &Peer::Pods { namespaces: scope, pods: both }));
        }
        return Some(Help { words: Some(format!("no namespace there has a label {key}")), fix: None });
    }
    let mut there: Vec<String> = known.iter().filter_map(|(_, labels)| labels.get(key)).cloned().collect();
    there.sort();
    there.dedup();
    let words = match there.len() {
        1..=MOST_NAMED => format!("the namespaces there have {key}={}", phrases::any_of(&there)),
        more => format!("the namespaces there have {more} other values of {key}"),
    };
    Some(Help { words: Some(words), fix: None })
}

/// Labels by which people mean the name of a namespace.
const NAMES: [&str; 5] = ["name", "namespace", "ns", "metadata.name", "kubernetes.io/name"];

fn with_namespaces(namespaces: Selector, pods: &Selector) -> Peer {
    Peer::Pods { namespaces: NamespaceScope::Matching(namespaces), pods: pods.clone() }
}

fn replaced(selector: &Selector, old: &Requirement, new: Requirement) -> Selector {
    let mut selector = selector.clone();
    for requirement in &mut selector.requirements {
        if requirement == old {
            *requirement = new.clone();
        }
    }
    selector
}

/// The namespaces of the pods that selectors see and that are meant.
fn namespaces_of(engine: &Engine, is_meant: impl Fn(&Pod) -> bool) -> BTreeSet<&str> {
    let meant = pods(engine).filter(|pod| !pod.host_network && is_meant(pod));
    meant.map(|pod| pod.namespace.as_str()).collect()
}

/// These namespaces by their names; nothing for none, and for too many to be meant.
fn by_name(names: &BTreeSet<&str>) -> Option<NamespaceScope> {
    if names.is_empty() || names.len() > MOST_NAMED {
        return None;
    }
    let values = names.iter().map(|name| (*name).to_owned()).collect();
    let requirement = Requirement::In { key: NAME_LABEL.to_owned(), values };
    Some(NamespaceScope::Matching(Selector { requirements: vec![requirement] }))
}

fn named(names: &BTreeSet<&str>) -> String {
    let all: Vec<&str> = names.iter().copied().collect();
    format!("namespace{} {}", if all.len() == 1 { "" } else { "s" }, phrases::all_of(&all))
}

/// The values that a key has where the selector finds none, when that explains it.
pub(crate) fn nearly<'a>(selector: &Selector, labels: impl Iterator<Item = &'a Labels>) -> Option<String> {
    let labels: Vec<&Labels> = labels.collect();
    if labels.is_empty() {
        return Some("no pod at all is there; where the manifests are elsewhere, read them too".to_owned());
    }
    let wanting = selector.requirements.iter().find(|one| !labels.iter().any(|labels| one.matches(labels)))?;
    let Requirement::In { key, .. } = wanting else { return None };
    let mut values: Vec<String> = labels.iter().filter_map(|labels| labels.get(key)).cloned().collect();
    values.sort();
    values.dedup();
    match values.len() {
        0 => Some(format!("no pod there has a label {key}")),
        1..=5 => Some(format!("the pods there have {key}={}", phrases::any_of(&values))),
        more => Some(format!("the pods there have {more} other values of {key}")),
    }
}
