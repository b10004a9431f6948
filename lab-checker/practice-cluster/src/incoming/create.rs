//! New objects, on their way to being stored.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::incoming::{generated_name, prepare, rules};
use crate::resource::{self, Resource};
use crate::status::{Cause, Status};
use crate::store::object;
use crate::store::transaction::Transaction;

/// Creates an object on behalf of the cluster itself: everything that a client's POST goes through except
/// strict decoding, and no field manager.
pub(crate) fn admitted(tx: &mut Transaction, mut object: Value) -> Result<Arc<Value>, Status> {
    let (api_version, kind) = (object::api_version(&object), object::kind(&object));
    let resource = tx.state().resource(api_version, kind).cloned();
    let resource = resource
        .ok_or_else(|| Status::bad_request(format!("no matches for kind \"{kind}\" in version \"{api_version}\"")))?;
    object::metadata_mut(&mut object).remove("managedFields");
    let object = complete(tx, &resource, object)?;
    Ok(tx.insert(object))
}

/// An object that may be stored: named, in a living namespace, with its defaults, valid and new.
pub(crate) fn complete(tx: &Transaction, resource: &Resource, mut object: Value) -> Result<Value, Status> {
    strip_system_fields(&mut object)?;
    name_it(resource, &mut object)?;
    if resource.namespaced() {
        check_namespace(tx, resource, &object)?;
    }
    manifest::admission::default(&mut object);
    prepare::complete(tx, &mut object, None)?;
    rules::validate(resource, &object, None)?;
    let name = object::name(&object);
    if tx.find(resource, object::namespace(&object), name).is_some() {
        return Err(already_exists(tx, resource, &object));
    }
    prepare::check_claims(tx, &object, None)?;
    Ok(object)
}

fn already_exists(tx: &Transaction, resource: &Resource, object: &Value) -> Status {
    let name = object::name(object);
    let terminating =
        tx.find(resource, object::namespace(object), name).is_some_and(|stored| object::terminating(stored));
    let mut status = Status::already_exists(resource, name);
    if terminating {
        status.message = format!("object is being deleted: {}", status.message);
    }
    status
}

fn strip_system_fields(object: &mut Value) -> Result<(), Status> {
    let metadata = object::metadata_mut(object);
    if metadata.get("resourceVersion").and_then(Value::as_str).is_some_and(|v| !v.is_empty()) {
        return Err(Status::bad_request("resourceVersion should not be set on objects to be created"));
    }
    for field in [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "generation",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "selfLink",
    ] {
        metadata.remove(field);
    }
    for map in ["labels", "annotations"] {
        if metadata.get(map).is_some_and(|m| m.is_null() || m.as_object().is_some_and(serde_json::Map::is_empty)) {
            metadata.remove(map);
        }
    }
    Ok(())
}

fn name_it(resource: &Resource, object: &mut Value) -> Result<(), Status> {
    if !object::name(object).is_empty() {
        return Ok(());
    }
    let base = object::metadata_str(object, "generateName").to_owned();
    if base.is_empty() {
        let cause = Cause {
            reason: "FieldValueRequired".into(),
            message: "Required value: name or generateName is required".into(),
            field: "metadata.name".into(),
        };
        return Err(Status::invalid(resource, "", &[cause]));
    }
    object::metadata_mut(object).insert("name".into(), generated_name::generate(&base).into());
    Ok(())
}

/// A namespaced object needs a namespace that lives.
fn check_namespace(tx: &Transaction, resource: &Resource, object: &Value) -> Result<(), Status> {
    let namespaces = resource::known("", "namespaces");
    let name = object::namespace(object);
    let Some(namespace) = tx.find(namespaces, "", name) else {
        return Err(Status::not_found(namespaces, name));
    };
    if object::terminating(namespace) {
        let why = format!("unable to create new content in namespace {name} because it is being terminated");
        let mut status = Status::forbidden(resource, object::name(object), &why);
        if let Some(details) = &mut status.details {
            details["causes"] = json!([{
                "reason": "NamespaceTerminating",
                "message": format!("namespace {name} is being terminated"),
                "field": "metadata.namespace",
            }]);
        }
        return Err(status);
    }
    Ok(())
}
