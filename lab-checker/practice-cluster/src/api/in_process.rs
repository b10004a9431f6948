//! Whole sets of objects at once: what a check reads, and what starting, applying and resetting a lab write.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::api::verbs::{self, update};
use crate::status::Status;
use crate::store::object;
use crate::store::resource::{self, RESOURCES};
use crate::store::state::{Key, State};
use crate::store::transaction::Transaction;

/// The kinds that a check looks at.
const CHECKED: &[&str] = &[
    "Namespace",
    "Node",
    "Pod",
    "Service",
    "NetworkPolicy",
    "ClusterNetworkPolicy",
    "ConfigMap",
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "CronJob",
];

/// Copies of everything that a check looks at.
pub(crate) fn objects(state: &State) -> Vec<Value> {
    state
        .all()
        .filter(|(key, _)| CHECKED.contains(&key.resource().kind))
        .map(|(_, object)| Value::clone(object))
        .collect()
}

/// Removes the namespaces that `objects` define, with all they hold, and cluster-scoped objects of the same
/// names, and creates `objects`.
pub(crate) fn replace_namespaces(tx: &mut Transaction, objects: &[Value]) -> Result<(), Status> {
    let namespaces: BTreeSet<&str> =
        objects.iter().filter(|o| object::kind(o) == "Namespace").map(object::name).collect();
    let doomed: Vec<Key> = tx
        .state()
        .all()
        .map(|(key, _)| key)
        .filter(|key| {
            namespaces.contains(key.namespace())
                || (key.resource().kind == "Namespace" && namespaces.contains(key.name()))
                || key.resource().kind == "ClusterNetworkPolicy"
        })
        .cloned()
        .collect();
    for key in &doomed {
        tx.remove(key);
    }
    tx.settle()?;
    // What controllers made while the objects went (events, say) goes too.
    for resource in RESOURCES.iter().filter(|r| r.stored() && r.namespaced()) {
        for namespace in &namespaces {
            for leftover in tx.list(resource, Some(namespace)) {
                tx.remove(&Key::new(resource, namespace, object::name(&leftover)));
            }
        }
    }
    for object in in_order(objects) {
        verbs::create::admitted(tx, object.clone())?;
        tx.settle()?;
    }
    Ok(())
}

/// Namespaces first, then what lives in them.
fn in_order(objects: &[Value]) -> impl Iterator<Item = &Value> {
    let is_namespace = |object: &&Value| object::kind(object) == "Namespace";
    objects.iter().filter(is_namespace).chain(objects.iter().filter(move |o| !is_namespace(o)))
}

/// Creates an object, or makes the stored one say what `object` says.
pub(crate) fn apply(tx: &mut Transaction, object: &Value) -> Result<Value, Status> {
    let mut object = object.clone();
    let (api_version, kind) = (object::api_version(&object).to_owned(), object::kind(&object).to_owned());
    let resource = resource::by_kind(&api_version, &kind)
        .ok_or_else(|| Status::bad_request(format!("no matches for kind \"{kind}\" in version \"{api_version}\"")))?;
    if resource.namespaced() && object::namespace(&object).is_empty() {
        object::metadata_mut(&mut object).insert("namespace".into(), "default".into());
    }
    let stored = match tx.find(resource, object::namespace(&object), object::name(&object)).cloned() {
        None => verbs::create::admitted(tx, object)?,
        Some(before) => update::applied(tx, resource, &before, object)?,
    };
    Ok(Value::clone(&stored))
}
