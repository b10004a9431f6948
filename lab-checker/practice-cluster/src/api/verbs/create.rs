//! POST: a new object.

use std::sync::Arc;

use serde_json::Value;

use crate::api::apply::managed;
use crate::api::http::body;
use crate::api::verbs::call::{Answer, Call};
use crate::api::verbs::{delete, reviews, sent};
use crate::incoming::{create, rules};
use crate::resource::{Resource, Subresource};
use crate::status::Status;
use crate::store::object;
use crate::store::transaction::Transaction;

/// Answers a POST.
pub(crate) async fn post(call: Call) -> Result<Answer, Status> {
    let path = &call.context.path;
    let resource = &*path.resource;
    match (path.subresource, path.name.is_some()) {
        (Some(Subresource::Token), _) => return reviews::token(&call),
        (Some(Subresource::Eviction), _) => return delete::evict(&call).await,
        (None, false) => {}
        _ => return Err(Status::method_not_allowed()),
    }
    if resource.namespaced() && path.namespace.is_none() {
        return Err(Status::method_not_allowed());
    }
    let sent = body::object(&call.context.media_type, &call.bytes)?;
    if !resource.stored() {
        return reviews::answer(&call, sent);
    }
    let validation = call.context.query.field_validation()?;
    sent::check_type(resource, &sent)?;
    let (mut object, mut warnings) = rules::decode(resource, sent::with_type(resource, sent), validation)?;
    sent::place(resource, &mut object, path.namespace())?;
    if resource.has(Subresource::Status)
        && let Some(map) = object.as_object_mut()
    {
        map.remove("status");
    }
    warnings.extend(sent::deprecation(resource));
    let manager = call.context.field_manager.as_str();
    let created = call.write(|tx| create_by(tx, resource, object, manager)).await?;
    Ok(call.context.show(201, &created, warnings))
}

/// Creates an object that is decoded and in its place, on behalf of a client.
fn create_by(
    tx: &mut Transaction,
    resource: &Resource,
    mut object: Value,
    manager: &str,
) -> Result<Arc<Value>, Status> {
    object::metadata_mut(&mut object).remove("managedFields");
    let mut object = create::complete(tx, resource, object)?;
    managed::record_update(tx, resource, None, &mut object, manager, None);
    Ok(tx.insert(object))
}

/// Creates an object whose managed fields are right already: a first server-side apply.
pub(crate) fn create_applied(
    tx: &mut Transaction,
    resource: &Resource,
    mut object: Value,
) -> Result<Arc<Value>, Status> {
    if resource.has(Subresource::Status)
        && let Some(map) = object.as_object_mut()
    {
        map.remove("status");
    }
    let object = create::complete(tx, resource, object)?;
    Ok(tx.insert(object))
}
