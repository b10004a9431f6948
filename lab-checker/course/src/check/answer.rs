//! What a learner hands in, made into a snapshot that can be looked at.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use manifest::{ObjectId, Source};
use serde_json::Value;

use super::violations::repeats;
use crate::files::suggestion;
use crate::labs::Lab;
use crate::snapshot;

/// An answer to a lab, ready to be looked at.
pub(crate) struct Answer<'a> {
    pub(crate) objects: Vec<Cow<'a, Value>>,
    pub(crate) from: Source,
    /// Objects that are no part of the snapshot, and why: `Kind field` and a sentence.
    pub(crate) refused: BTreeMap<String, String>,
}

/// Which objects of files are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// Those of kinds that the learner may change.
    MayChange,
    /// All of them, as in a mistake.
    Anything,
}

impl<'a> Answer<'a> {
    /// A whole snapshot.
    pub(crate) fn of_snapshot(lab: &Lab, snapshot: &'a [Value], from: Source) -> Self {
        let objects = match from {
            Source::Cluster => without_foreign_policies(lab, snapshot),
            Source::Files => {
                let mut objects = snapshot.to_vec();
                objects.iter_mut().for_each(|object| snapshot::fill_namespace(object, &lab.namespace));
                snapshot::apply(snapshot::baseline(), &objects).into_iter().map(Cow::Owned).collect()
            }
        };
        Self { objects, from, refused: BTreeMap::new() }
    }

    /// Files applied on the start of the lab, as far as they can be.
    pub(crate) fn of_files(lab: &Lab, start: &'a snapshot::Base, files: &[Value], strictness: Strictness) -> Self {
        let mut refused = BTreeMap::new();
        let mut accepted = Vec::new();
        let namespaces = namespaces_with(lab, start, files);
        for file in files {
            let mut object = file.clone();
            snapshot::fill_namespace(&mut object, &lab.namespace);
            if let Some(message) = not_this_lab(lab, &object, strictness) {
                if !message.is_empty() {
                    refused.insert(ObjectId::of(&object).to_string(), message);
                }
                continue;
            }
            if let Some(message) = unknown_namespace(&object, &namespaces) {
                refused.insert(format!("{} metadata.namespace", snapshot::kind(&object)), message);
                continue;
            }
            match snapshot::admit(&object) {
                Ok(object) => accepted.push(object),
                Err(wrong) => {
                    let fields: Vec<&str> = wrong.iter().map(|wrong| wrong.field.as_str()).collect();
                    let key = format!("{} {}", snapshot::kind(&object), fields.join(", "));
                    let told: Vec<String> = wrong.iter().map(ToString::to_string).collect();
                    let id = ObjectId::of(&object);
                    refused.insert(key, format!("the API server refuses {id}: {}", told.join("; ")));
                }
            }
        }
        Self { objects: start.with(accepted), from: Source::Files, refused }
    }
}

/// All objects but the policies of a whole cluster that have nothing to do with the lab: what they tell apart is not
/// the learner's affair.
fn without_foreign_policies<'a>(lab: &Lab, objects: &'a [Value]) -> Vec<Cow<'a, Value>> {
    let mut kept: Vec<Cow<'a, Value>> = objects.iter().map(Cow::Borrowed).collect();
    let is_cluster_policy =
        |object: &Value| snapshot::kind(object).ends_with("NetworkPolicy") && ObjectId::of(object).namespace.is_none();
    if objects.iter().any(is_cluster_policy) {
        let read: BTreeSet<ObjectId> = lab.reduced(objects, Source::Cluster).iter().map(ObjectId::of).collect();
        kept.retain(|object| !is_cluster_policy(object) || read.contains(&ObjectId::of(object)));
    }
    kept
}

/// The namespaces of the lab, of a fresh cluster, and of these files.
fn namespaces_with<'a>(lab: &'a Lab, start: &'a snapshot::Base, files: &'a [Value]) -> BTreeSet<&'a str> {
    let all = start.objects().iter().chain(files);
    let names = all.filter(|object| snapshot::kind(object) == "Namespace");
    let declared = names.filter_map(|object| object["metadata"]["name"].as_str());
    let used = lab.start_objects().iter().filter_map(|object| object["metadata"]["namespace"].as_str());
    declared.chain(used).chain([lab.namespace.as_str()]).collect()
}

/// Why an object of a learner's file is left out: nothing when it repeats the start.
fn not_this_lab(lab: &Lab, object: &Value, strictness: Strictness) -> Option<String> {
    let id = ObjectId::of(object);
    if id.kind.is_empty() || id.name.is_empty() {
        let what = if id.kind.is_empty() { "an object".to_owned() } else { format!("a {}", id.kind) };
        return Some(format!("{what} without a kind or a name is left out: every object needs both"));
    }
    if strictness == Strictness::Anything {
        return None;
    }
    match repeats(&lab.frozen, object) {
        Some(true) => return Some(String::new()),
        Some(false) => return Some(format!("{id} must stay as it is in this lab; your version of it is left out")),
        None => {}
    }
    if lab.may_change.contains(&id.kind) {
        return None;
    }
    let may = lab.may_change.join(" and ");
    Some(format!("{id} is left out: in this lab you may change objects of kind {may}, and nothing else"))
}

/// An API server has no place for an object whose namespace does not exist.
fn unknown_namespace(object: &Value, known: &BTreeSet<&str>) -> Option<String> {
    let id = ObjectId::of(object);
    let namespace = id.namespace.as_deref().filter(|namespace| !known.contains(namespace))?;
    let help = suggestion(namespace, known.iter().copied().filter(|name| !name.starts_with("kube-")));
    Some(format!("{id} is left out: there is no namespace `{namespace}`; {help}"))
}
