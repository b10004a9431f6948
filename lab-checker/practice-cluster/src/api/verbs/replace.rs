//! What every change of a stored object by a client goes through.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::api::apply::managed;
use crate::api::patch::strategic_merge;
use crate::incoming::prepare;
use crate::incoming::rules;
use crate::resource::{Resource, Subresource};
use crate::status::{Cause, Status};
use crate::store::floor::since;
use crate::store::object;
use crate::store::removal;
use crate::store::transaction::Transaction;

const MODIFIED: &str = "the object has been modified; please apply your changes to the latest version and try again";

/// The stored object as clients see it, or 404.
pub(crate) fn existing(
    tx: &Transaction,
    resource: &Resource,
    namespace: &str,
    name: &str,
) -> Result<Arc<Value>, Status> {
    let found = tx.find(resource, namespace, name).ok_or_else(|| Status::not_found(resource, name))?;
    Ok(match since(found, tx.floor()) {
        Cow::Borrowed(_) => Arc::clone(found),
        Cow::Owned(shown) => Arc::new(shown),
    })
}

/// Puts `object` in the place of `before`, or of the part of it that `subresource` names.
pub(crate) fn replace(
    tx: &mut Transaction,
    resource: &Resource,
    before: &Value,
    object: Value,
    subresource: Option<Subresource>,
    manager: Option<&str>,
) -> Result<Arc<Value>, Status> {
    let mut object = changed(tx, resource, before, object, subresource)?;
    if let Some(manager) = manager {
        managed::record_update(tx, resource, Some(before), &mut object, manager, subresource);
    }
    Ok(removal::update(tx, before, object))
}

/// `object` completed, checked against `before`, and allowed.
pub(crate) fn changed(
    tx: &Transaction,
    resource: &Resource,
    before: &Value,
    mut object: Value,
    subresource: Option<Subresource>,
) -> Result<Value, Status> {
    object::metadata_mut(&mut object).insert("name".into(), object::name(before).into());
    check_preconditions(resource, before, &object)?;
    keep_system_fields(before, &mut object);
    keep_other_parts(resource, before, &mut object, subresource);
    manifest::admission::default(&mut object);
    if subresource != Some(Subresource::Status) {
        prepare::complete(tx, &mut object, Some(before))?;
    }
    rules::validate(resource, &object, Some(before))?;
    check_finalizers(resource, before, &object)?;
    prepare::check_claims(tx, &object, Some(before))?;
    Ok(object)
}

/// An object that is being deleted gets no further finalizers.
fn check_finalizers(resource: &Resource, before: &Value, object: &Value) -> Result<(), Status> {
    let list = |object: &Value| -> BTreeSet<String> {
        let finalizers = object["metadata"]["finalizers"].as_array().into_iter().flatten();
        finalizers.filter_map(|finalizer| finalizer.as_str().map(str::to_owned)).collect()
    };
    let new: Vec<String> = list(object).difference(&list(before)).map(|name| format!("{name:?}")).collect();
    if !object::terminating(before) || new.is_empty() {
        return Ok(());
    }
    let message = format!(
        "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
        new.join(", ")
    );
    let cause = Cause { reason: "FieldValueForbidden".into(), message, field: "metadata.finalizers".into() };
    Err(Status::invalid(resource, object::name(before), &[cause]))
}

/// Makes the stored object say what `object` says: fields that it does not have go, but those that a pod was given
/// when it was created, which no file has.
pub(crate) fn applied(
    tx: &mut Transaction,
    resource: &Resource,
    before: &Value,
    mut object: Value,
) -> Result<Arc<Value>, Status> {
    object::metadata_mut(&mut object).remove("resourceVersion");
    if resource.kind == "Pod" {
        let mut merged = json!({"spec": before["spec"]});
        strategic_merge(&mut merged, &json!({"spec": object["spec"]}), resource.schema())?;
        object["spec"] = merged["spec"].take();
    }
    replace(tx, resource, before, object, None, Some("lab-checker"))
}

fn check_preconditions(resource: &Resource, before: &Value, object: &Value) -> Result<(), Status> {
    let name = object::name(before);
    let version = object::metadata_str(object, "resourceVersion");
    if !version.is_empty() && version != object::metadata_str(before, "resourceVersion") {
        if version.parse::<u64>().is_err() {
            let cause = Cause {
                reason: "FieldValueInvalid".into(),
                message: format!("Invalid value: {version:?}: strconv.ParseUint: parsing {version:?}: invalid syntax"),
                field: "metadata.resourceVersion".into(),
            };
            return Err(Status::invalid(resource, name, &[cause]));
        }
        return Err(Status::conflict(resource, name, MODIFIED));
    }
    let (uid, stored) = (object::uid(object), object::uid(before));
    if !uid.is_empty() && uid != stored {
        let why = format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {stored}");
        return Err(Status::conflict(resource, name, &why));
    }
    Ok(())
}

fn keep_system_fields(before: &Value, object: &mut Value) {
    let metadata = object::metadata_mut(object);
    for field in [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "generation",
        "generateName",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ] {
        match before["metadata"].get(field) {
            Some(value) => metadata.insert(field.into(), value.clone()),
            None => metadata.remove(field),
        };
    }
    metadata.remove("selfLink");
    for map in ["labels", "annotations"] {
        if metadata.get(map).is_some_and(|m| m.is_null() || m.as_object().is_some_and(serde_json::Map::is_empty)) {
            metadata.remove(map);
        }
    }
}

/// An update of an object leaves its status alone, and an update of its status everything else.
fn keep_other_parts(resource: &Resource, before: &Value, object: &mut Value, subresource: Option<Subresource>) {
    let Some(map) = object.as_object_mut() else { return };
    match subresource {
        None if resource.has(Subresource::Status) => {
            match before.get("status") {
                Some(status) => map.insert("status".into(), status.clone()),
                None => map.remove("status"),
            };
        }
        Some(Subresource::Status) => {
            let status = map.remove("status");
            let managed = map.get("metadata").and_then(|m| m.get("managedFields")).cloned();
            *object = before.clone();
            if let Some(status) = status {
                object["status"] = status;
            }
            if let Some(managed) = managed {
                object["metadata"]["managedFields"] = managed;
            }
        }
        Some(Subresource::EphemeralContainers) => {
            let wanted = object["spec"]["ephemeralContainers"].take();
            *object = before.clone();
            object["spec"]["ephemeralContainers"] = wanted;
        }
        _ => {}
    }
}
