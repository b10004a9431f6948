//! POST: a new object.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::api::apply::managed;
use crate::api::http::body;
use crate::api::verbs::{Answer, Call, delete, questions};
use crate::controllers;
use crate::incoming::generated_name;
use crate::incoming::rules;
use crate::status::{Cause, Status};
use crate::store::object;
use crate::store::resource::{self, Resource, Subresource};
use crate::store::transaction::Transaction;

/// Answers a POST.
pub(crate) async fn post(call: Call) -> Result<Answer, Status> {
    let path = &call.context.path;
    let resource = path.resource;
    match (path.subresource, path.name.is_some()) {
        (Some(Subresource::Token), _) => return questions::token(&call),
        (Some(Subresource::Eviction), _) => return delete::evict(&call).await,
        (None, false) => {}
        _ => return Err(Status::method_not_allowed()),
    }
    if resource.namespaced() && path.namespace.is_none() {
        return Err(Status::method_not_allowed());
    }
    let sent = body::object(&call.context.media_type, &call.bytes)?;
    if !resource.stored() {
        return questions::answer(&call, sent);
    }
    let validation = rules::field_validation(&call.context.query)?;
    check_type(resource, &sent)?;
    let (mut object, mut warnings) = rules::decode(resource, with_type(resource, sent), validation)?;
    place(resource, &mut object, path.namespace())?;
    if resource.has(Subresource::Status)
        && let Some(map) = object.as_object_mut()
    {
        map.remove("status");
    }
    warnings.extend(deprecation(resource));
    let manager = call.context.field_manager.as_str();
    let created = call.write(|tx| create(tx, resource, object, Some(manager))).await?;
    Ok(call.context.show(201, &created, warnings))
}

/// Creates an object on behalf of the cluster itself: everything that a client's POST goes through except
/// strict decoding, and no field manager.
pub(crate) fn admitted(tx: &mut Transaction, object: Value) -> Result<Arc<Value>, Status> {
    let resource = resource::by_kind(object::api_version(&object), object::kind(&object)).ok_or_else(|| {
        Status::bad_request(format!(
            "no matches for kind \"{}\" in version \"{}\"",
            object::kind(&object),
            object::api_version(&object)
        ))
    })?;
    create(tx, resource, object, None)
}

/// Creates an object that is decoded and in its place.
pub(crate) fn create(
    tx: &mut Transaction,
    resource: &'static Resource,
    mut object: Value,
    manager: Option<&str>,
) -> Result<Arc<Value>, Status> {
    object::metadata_mut(&mut object).remove("managedFields");
    let mut object = complete(tx, resource, object)?;
    if let Some(manager) = manager {
        managed::record_update(tx, resource, None, &mut object, manager, None);
    }
    Ok(tx.insert(object))
}

/// Creates an object whose managed fields are right already: a first server-side apply.
pub(crate) fn create_applied(
    tx: &mut Transaction,
    resource: &'static Resource,
    mut object: Value,
) -> Result<Arc<Value>, Status> {
    if resource.has(Subresource::Status)
        && let Some(map) = object.as_object_mut()
    {
        map.remove("status");
    }
    let object = complete(tx, resource, object)?;
    Ok(tx.insert(object))
}

/// An object that may be stored: named, in a living namespace, with its defaults, valid and new.
fn complete(tx: &Transaction, resource: &'static Resource, mut object: Value) -> Result<Value, Status> {
    strip_system_fields(&mut object)?;
    name_it(resource, &mut object)?;
    if resource.namespaced() {
        check_namespace(tx, resource, &object)?;
    }
    rules::default(&mut object);
    controllers::prepare(tx, &mut object, None)?;
    rules::validate(resource, &object, None)?;
    let name = object::name(&object);
    if tx.find(resource, object::namespace(&object), name).is_some() {
        return Err(already_exists(tx, resource, &object));
    }
    controllers::check_claims(tx, &object, None)?;
    Ok(object)
}

fn already_exists(tx: &Transaction, resource: &'static Resource, object: &Value) -> Status {
    let name = object::name(object);
    let terminating =
        tx.find(resource, object::namespace(object), name).is_some_and(|stored| object::terminating(stored));
    let mut status = Status::already_exists(resource, name);
    if terminating {
        status.message = format!("object is being deleted: {}", status.message);
    }
    status
}

/// 400 when the body is of another kind than the path.
pub(crate) fn check_type(resource: &Resource, sent: &Value) -> Result<(), Status> {
    if !sent.is_object() {
        return Err(Status::bad_request(format!(
            "{kind} in version \"{version}\" cannot be handled as a {kind}: json: cannot unmarshal {got} into Go value of type {package}.{kind}",
            kind = resource.kind,
            version = resource.version,
            got = crate::api::patch::json_kind(sent),
            package = resource.version,
        )));
    }
    let (api_version, kind) = (object::api_version(sent), object::kind(sent));
    let expected = resource.api_version();
    if !api_version.is_empty() && api_version != expected {
        return Err(Status::bad_request(format!(
            "the API version in the data ({api_version}) does not match the expected API version ({expected})"
        )));
    }
    if !kind.is_empty() && kind != resource.kind {
        return Err(Status::bad_request(format!(
            "{kind} in version \"{version}\" cannot be handled as a {expected}: no kind \"{kind}\" is registered for version \"{api}\"",
            version = resource.version,
            expected = resource.kind,
            api = expected,
        )));
    }
    Ok(())
}

/// `object` with the path's kind and version, which a client may leave out.
pub(crate) fn with_type(resource: &Resource, mut object: Value) -> Value {
    object["apiVersion"] = resource.api_version().into();
    object["kind"] = resource.kind.into();
    object
}

/// Puts the object into the path's namespace; 400 when it says it belongs elsewhere.
pub(crate) fn place(resource: &Resource, object: &mut Value, namespace: &str) -> Result<(), Status> {
    let metadata = object::metadata_mut(object);
    let said = metadata.get("namespace").and_then(Value::as_str).unwrap_or_default();
    if !resource.namespaced() {
        metadata.remove("namespace");
        return Ok(());
    }
    if !said.is_empty() && said != namespace {
        return Err(Status::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    metadata.insert("namespace".into(), namespace.into());
    Ok(())
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

/// What the API server says whenever an old kind is used.
pub(crate) fn deprecation(resource: &Resource) -> Option<String> {
    (resource.kind == "Endpoints")
        .then(|| "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice".to_owned())
}
