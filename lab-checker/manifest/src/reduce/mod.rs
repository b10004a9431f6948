//! What a check reads of Kubernetes objects, and nothing else: what a learner's machine sends to a class
//! server, and what a server keeps.
//!
//! It is a whitelist ([`fields`]): an object is built anew out of the fields that are named there, so that
//! what nobody thought of stays where it is. A check says the same of reduced objects as of whole ones.

mod cluster_policies;
mod fields;
mod keep;
mod nodes;
mod scope;
mod wrong;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::lower::Source;
use crate::object::ObjectId;

use fields::{Part, part};
use keep::kept;
use nodes::NodeNames;
pub use scope::Scope;

/// What a check of the lab with this scope reads of these objects.
///
/// Of a cluster, whole objects that the lab has nothing to do with are left out. Files are what a learner
/// chose to hand in: each stays, those of other kinds as a name alone, and one that an API server refuses is
/// still refused.
#[must_use]
pub fn reduce(objects: &[Value], from: Source, scope: &Scope) -> Vec<Value> {
    let mut names = NodeNames::new(scope);
    match from {
        Source::Files => objects.iter().map(|object| of_file(object, scope, &mut names)).collect(),
        Source::Cluster => of_cluster(objects, scope, &mut names),
    }
}

/// Whether any check reads objects of this kind. Secrets, for one, are read by none.
#[must_use]
pub fn is_read(object: &Value) -> bool {
    part(object).is_some()
}

/// The object's name and kind, and nothing else.
#[must_use]
pub fn name_alone(object: &Value) -> Value {
    kept(object, &fields::NAME)
}

fn of_file(object: &Value, scope: &Scope, names: &mut NodeNames) -> Value {
    let Some(part) = part(object).filter(|part| *part != Part::Node) else { return name_alone(object) };
    let mut reduced = kept(object, part.keep());
    finish(&mut reduced, object, scope, names);
    wrong::restore(&mut reduced, object);
    reduced
}

fn of_cluster(objects: &[Value], scope: &Scope, names: &mut NodeNames) -> Vec<Value> {
    let touching = cluster_policies::touching(objects, scope);
    let policies: Vec<Value> = objects
        .iter()
        .enumerate()
        .filter(|(at, object)| match part(object) {
            Some(Part::NetworkPolicy) => scope.reads(&ObjectId::of(object)),
            Some(Part::ClusterPolicy) => touching.contains(at),
            _ => false,
        })
        .map(|(_, object)| object.clone())
        .collect();
    let asked = Asked { keys: selected_keys(&policies), nodes: cluster_policies::ask_for_nodes(&policies) };
    let reduced = objects.iter().enumerate().filter_map(|(at, object)| {
        let part = part(object)?;
        let keep = match part {
            Part::ClusterPolicy => touching.contains(&at).then(|| part.keep()),
            Part::Node => asked.nodes.then(|| part.keep()),
            Part::Pod if scope.is_dns_pod(object) => Some(&fields::DNS_POD),
            Part::Namespace if scope.is_dns_namespace(object) => Some(part.keep()),
            _ => scope.reads(&ObjectId::of(object)).then(|| part.keep()),
        }?;
        let mut reduced = kept(object, keep);
        if part == Part::Node || (part == Part::Namespace && !scope.reads(&ObjectId::of(object))) {
            retain_labels(&mut reduced, &asked.keys);
        }
        finish(&mut reduced, object, scope, names);
        Some(reduced)
    });
    reduced.collect()
}

/// What the policies that stay ask about objects outside of the lab.
struct Asked {
    /// Keys of labels.
    keys: BTreeSet<String>,
    /// Whether they ask for nodes.
    nodes: bool,
}

/// What depends on more than the object itself.
fn finish(reduced: &mut Value, object: &Value, scope: &Scope, names: &mut NodeNames) {
    names.rename(reduced);
    if part(object) == Some(Part::ConfigMap) {
        data(reduced, object, scope.data(&ObjectId::of(object)));
    }
}

/// Of a ConfigMap, the values that the lab reads. That there are others counts (somebody has written
/// something), what they are does not.
fn data(reduced: &mut Value, object: &Value, read: Option<&BTreeSet<String>>) {
    const OTHERS: &str = "others";
    let (Some(reduced), Some(read)) = (reduced.as_object_mut(), read) else { return };
    let Some(given) = object["data"].as_object() else {
        if let Some(other) = object.get("data") {
            reduced.insert("data".to_owned(), keep::blank(other));
        }
        return;
    };
    let mut data: Map<String, Value> = Map::new();
    for (key, value) in given {
        if read.contains(key) {
            data.insert(key.clone(), kept(value, &keep::Keep::Scalar));
        } else {
            data.insert(OTHERS.to_owned(), "".into());
        }
    }
    reduced.insert("data".to_owned(), data.into());
}

fn retain_labels(reduced: &mut Value, keys: &BTreeSet<String>) {
    const NAME_LABEL: &str = "kubernetes.io/metadata.name";
    if let Some(labels) = reduced.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.retain(|key, _| key == NAME_LABEL || keys.contains(key));
    }
}

/// The keys that any selector in these objects names.
fn selected_keys(objects: &[Value]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    objects.iter().for_each(|object| collect_keys(object, &mut keys));
    keys
}

fn collect_keys(value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value) {
                    ("matchLabels", Value::Object(labels)) => keys.extend(labels.keys().cloned()),
                    ("key", Value::String(key)) => _ = keys.insert(key.clone()),
                    _ => collect_keys(value, keys),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_keys(item, keys)),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
