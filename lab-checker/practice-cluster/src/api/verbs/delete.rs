//! DELETE: one object or a collection, with grace, preconditions and propagation.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::api::http::body;
use crate::api::protobuf;
use crate::api::selector::Selectors;
use crate::api::verbs::call::{Answer, Call};
use crate::api::verbs::form;
use crate::api::verbs::replace::existing;
use crate::controllers::garbage_collection;
use crate::resource::{self, Resource};
use crate::status::Status;
use crate::store::object;
use crate::store::removal;
use crate::store::transaction::Transaction;

/// What becomes of what the object owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Propagation {
    Background,
    Foreground,
    Orphan,
}

#[derive(Debug)]
struct DeleteOptions {
    grace: Option<u64>,
    propagation: Propagation,
    uid: Option<String>,
    resource_version: Option<String>,
    dry_run: bool,
}

/// Answers a DELETE.
pub(crate) async fn delete(call: Call) -> Result<Answer, Status> {
    let path = &call.context.path;
    if path.subresource.is_some() || !path.resource.stored() {
        return Err(Status::method_not_allowed());
    }
    let options = options(&call)?;
    match &path.name {
        Some(name) => one(&call, name, &options).await,
        None => collection(&call, &options).await,
    }
}

/// Answers a POST to a pod's eviction: a deletion, politely asked for.
pub(crate) async fn evict(call: &Call) -> Result<Answer, Status> {
    let sent = body::object(&call.context.media_type, &call.bytes)?;
    let mut options = read_options(&sent["deleteOptions"])?;
    options.dry_run |= call.context.query.dry_run()?;
    let mut answer = one(call, call.context.path.name(), &options).await?;
    answer.code = 201;
    answer.value = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    Ok(answer)
}

async fn one(call: &Call, name: &str, options: &DeleteOptions) -> Result<Answer, Status> {
    let path = &call.context.path;
    let resource = &*path.resource;
    let work = |tx: &mut Transaction| {
        let object = existing(tx, resource, path.namespace(), name)?;
        check_preconditions(resource, &object, options)?;
        check_protected(resource, &object)?;
        Ok((Arc::clone(&object), delete_as_asked(tx, &object, options)))
    };
    let (before, remaining) = if options.dry_run { call.cluster.dry_run(work)? } else { call.store(work).await? };
    Ok(match remaining {
        Some(object) => call.context.show(200, &object, Vec::new()),
        None => {
            Answer { code: 200, value: deleted(resource, &before), wanted: call.context.wanted, warnings: Vec::new() }
        }
    })
}

async fn collection(call: &Call, options: &DeleteOptions) -> Result<Answer, Status> {
    let path = &call.context.path;
    let resource = &*path.resource;
    if resource.namespaced() && path.namespace.is_none() {
        return Err(Status::method_not_allowed());
    }
    let selectors = Selectors::of(resource, &call.context.query)?;
    let work = |tx: &mut Transaction| {
        let doomed: Vec<Arc<Value>> = tx
            .list(resource, path.namespace.as_deref())
            .into_iter()
            .filter(|object| selectors.matches(object))
            .collect();
        for object in &doomed {
            check_protected(resource, object)?;
        }
        for object in &doomed {
            delete_as_asked(tx, object, options);
        }
        Ok((doomed, tx.state().revision()))
    };
    let (doomed, revision) = if options.dry_run { call.cluster.dry_run(work)? } else { call.store(work).await? };
    let value = form::list_value(&call.context, &doomed, &json!({"resourceVersion": revision.to_string()}));
    Ok(Answer { code: 200, value, wanted: call.context.wanted, warnings: Vec::new() })
}

/// The Status that answers a deletion at once.
fn deleted(resource: &Resource, object: &Value) -> Value {
    let mut details = Map::new();
    details.insert("name".into(), object::name(object).into());
    if !resource.group.is_empty() {
        details.insert("group".into(), (*resource.group).into());
    }
    details.insert("kind".into(), (*resource.plural).into());
    details.insert("uid".into(), object::uid(object).into());
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}

/// Deletes, and returns the object when it stays for a while.
fn delete_as_asked(tx: &mut Transaction, object: &Arc<Value>, options: &DeleteOptions) -> Option<Arc<Value>> {
    match options.propagation {
        Propagation::Background => {}
        Propagation::Orphan => orphan(tx, object),
        Propagation::Foreground => {
            let dependents = garbage_collection::dependents(tx, object);
            for dependent in &dependents {
                removal::remove_or_terminate(tx, dependent, None);
            }
            if !garbage_collection::dependents(tx, object).is_empty() {
                let mut waiting = Value::clone(object);
                add_finalizer(&mut waiting, removal::FOREGROUND);
                let waiting = tx.update(waiting);
                return removal::remove_or_terminate(tx, &waiting, options.grace);
            }
        }
    }
    removal::remove_or_terminate(tx, object, options.grace)
}

fn orphan(tx: &mut Transaction, owner: &Value) {
    for dependent in garbage_collection::dependents(tx, owner) {
        let mut kept = Value::clone(&dependent);
        let metadata = object::metadata_mut(&mut kept);
        if let Some(Value::Array(references)) = metadata.get_mut("ownerReferences") {
            references.retain(|reference| reference["uid"] != owner["metadata"]["uid"]);
            if references.is_empty() {
                metadata.remove("ownerReferences");
            }
        }
        tx.update(kept);
    }
}

fn add_finalizer(object: &mut Value, finalizer: &str) {
    let metadata = object::metadata_mut(object);
    let list = metadata.entry("finalizers").or_insert_with(|| json!([]));
    if let Value::Array(list) = list
        && !list.iter().any(|f| f == finalizer)
    {
        list.push(finalizer.into());
    }
}

/// Namespaces that the API server never lets go.
fn check_protected(resource: &Resource, object: &Value) -> Result<(), Status> {
    let name = object::name(object);
    if resource == resource::known("", "namespaces") && matches!(name, "default" | "kube-system" | "kube-public") {
        return Err(Status::forbidden(resource, name, "this namespace may not be deleted"));
    }
    Ok(())
}

fn check_preconditions(resource: &Resource, object: &Value, options: &DeleteOptions) -> Result<(), Status> {
    let stored = object::uid(object);
    if let Some(uid) = options.uid.as_deref().filter(|uid| *uid != stored) {
        let why = format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({stored}). The object might have been deleted and then recreated"
        );
        return Err(precondition_failed(resource, object, &why));
    }
    let stored = object::metadata_str(object, "resourceVersion");
    if let Some(version) = options.resource_version.as_deref().filter(|version| *version != stored) {
        let why = format!(
            "the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record ({stored}). The object might have been modified"
        );
        return Err(precondition_failed(resource, object, &why));
    }
    Ok(())
}

/// 409. Here, and only here, the API server names the kind in the place of the plural.
fn precondition_failed(resource: &Resource, object: &Value, why: &str) -> Status {
    let kind = match &*resource.group {
        "" => resource.kind.clone().into_owned(),
        group => format!("{}.{group}", resource.kind),
    };
    let mut status = Status::conflict(resource, object::name(object), why);
    status.message = format!("Operation cannot be fulfilled on {kind} \"{}\": {why}", object::name(object));
    if let Some(details) = &mut status.details {
        details["kind"] = (*resource.kind).into();
    }
    status
}

fn options(call: &Call) -> Result<DeleteOptions, Status> {
    let query = &call.context.query;
    let sent = if call.bytes.is_empty() {
        json!({})
    } else if call.context.media_type == protobuf::MEDIA_TYPE {
        protobuf::decode(&call.bytes)?
    } else {
        body::object(&call.context.media_type, &call.bytes)?
    };
    let mut options = read_options(&sent)?;
    options.dry_run |= query.dry_run()?;
    if let Some(grace) = query.number("gracePeriodSeconds")? {
        options.grace = Some(grace);
    }
    if let Some(policy) = query.text("propagationPolicy") {
        options.propagation = propagation(policy)?;
    }
    Ok(options)
}

fn read_options(sent: &Value) -> Result<DeleteOptions, Status> {
    let grace = match &sent["gracePeriodSeconds"] {
        Value::Null => None,
        number => Some(number.as_i64().ok_or_else(|| {
            Status::bad_request(
                "json: cannot unmarshal the value into Go struct field DeleteOptions.gracePeriodSeconds of type int64",
            )
        })?),
    };
    let orphan = sent["orphanDependents"].as_bool().unwrap_or(false);
    let propagation = match sent["propagationPolicy"].as_str() {
        Some(policy) => propagation(policy)?,
        None if orphan => Propagation::Orphan,
        None => Propagation::Background,
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Ok(DeleteOptions {
        // A negative grace means "at once" too, as the API server reads it.
        grace: grace.map(|seconds| u64::try_from(seconds).unwrap_or(1)),
        propagation,
        uid: text(&sent["preconditions"]["uid"]),
        resource_version: text(&sent["preconditions"]["resourceVersion"]),
        dry_run: sent["dryRun"].as_array().is_some_and(|stages| stages.iter().any(|stage| stage == "All")),
    })
}

fn propagation(policy: &str) -> Result<Propagation, Status> {
    match policy {
        "Background" => Ok(Propagation::Background),
        "Foreground" => Ok(Propagation::Foreground),
        "Orphan" => Ok(Propagation::Orphan),
        other => Err(Status::new(
            422,
            "Invalid",
            format!(
                "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: {other:?}: supported values: \"Background\", \"Foreground\", \"Orphan\", \"nil\""
            ),
        )),
    }
}
