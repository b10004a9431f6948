//! Garbage collection: what an object owns goes when it goes.

use std::sync::Arc;

use serde_json::Value;

use crate::store::object;
use crate::store::own_kinds::OwnKind;
use crate::store::removal;
use crate::store::state::{Change, Key};
use crate::store::transaction::Transaction;

/// Deletes what a deleted object owned, unless another owner remains.
pub(crate) fn after_write(tx: &mut Transaction, change: &Change) {
    let (Some(before), None) = (&change.before, &change.after) else { return };
    release_owners(tx, before);
    for dependent in dependents(tx, before) {
        let mut kept = Value::clone(&dependent);
        let owners = object::metadata_mut(&mut kept);
        let Some(Value::Array(references)) = owners.get_mut("ownerReferences") else { continue };
        references.retain(|reference| reference["uid"] != before["metadata"]["uid"]);
        if references.is_empty() {
            removal::remove_or_terminate(tx, &dependent, None);
        } else {
            tx.update(kept);
        }
    }
}

/// Deletes the objects of kinds whose definition is gone.
pub(super) fn definition_changed(tx: &mut Transaction, change: &Change) {
    let (Some(before), None) = (&change.before, &change.after) else { return };
    let Some(kind) = OwnKind::of(before) else { return };
    let objects: Vec<Key> = tx.state().list(&kind.stored, None).map(|(key, _)| key.clone()).collect();
    for key in &objects {
        // Nobody is left who would take its finalizers away.
        tx.remove(key);
    }
}

/// Lets go of owners that only waited for `gone`.
fn release_owners(tx: &mut Transaction, gone: &Value) {
    for reference in gone["metadata"]["ownerReferences"].as_array().into_iter().flatten() {
        let text = |field: &str| reference[field].as_str().unwrap_or_default();
        let state = tx.state();
        let Some(resource) = state.resource(text("apiVersion"), text("kind")) else { continue };
        let namespace = if resource.namespaced() { object::namespace(gone) } else { "" };
        let Some(owner) = state.find(resource, namespace, text("name")).cloned() else { continue };
        let waits = object::terminating(&owner)
            && owner["metadata"]["finalizers"]
                .as_array()
                .is_some_and(|list| list.iter().any(|finalizer| finalizer == removal::FOREGROUND));
        if waits && object::uid(&owner) == text("uid") && dependents(tx, &owner).is_empty() {
            let mut free = Value::clone(&owner);
            if let Some(Value::Array(list)) = object::metadata_mut(&mut free).get_mut("finalizers") {
                list.retain(|finalizer| finalizer != removal::FOREGROUND);
            }
            removal::update(tx, &owner, free);
        }
    }
}

/// The objects that name `owner` as an owner.
pub(crate) fn dependents(tx: &Transaction, owner: &Value) -> Vec<Arc<Value>> {
    let uid = object::uid(owner);
    if uid.is_empty() {
        return Vec::new();
    }
    let namespace = object::namespace(owner);
    let owned = tx.state().owned_by(uid);
    owned
        .filter(|(key, _)| namespace.is_empty() || key.namespace() == namespace)
        .map(|(_, object)| Arc::clone(object))
        .collect()
}
