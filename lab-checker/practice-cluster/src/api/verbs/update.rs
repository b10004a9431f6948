//! PUT: an object in the place of a stored one.

use serde_json::Value;

use crate::api::http::body;
use crate::api::verbs::call::{Answer, Call};
use crate::api::verbs::replace::{existing, replace};
use crate::api::verbs::{scale, sent};
use crate::incoming::rules;
use crate::resource::Subresource;
use crate::status::Status;
use crate::store::object;

/// Answers a PUT.
pub(crate) async fn put(call: Call) -> Result<Answer, Status> {
    let path = &call.context.path;
    let resource = &*path.resource;
    if path.name.is_none() || !resource.stored() {
        return Err(Status::method_not_allowed());
    }
    let sent = body::object(&call.context.media_type, &call.bytes)?;
    match path.subresource {
        Some(Subresource::Scale) => return scale::put(&call, &sent).await,
        None | Some(Subresource::Status | Subresource::Finalize | Subresource::EphemeralContainers) => {}
        _ => return Err(Status::method_not_allowed()),
    }
    let validation = call.context.query.field_validation()?;
    sent::check_type(resource, &sent)?;
    let (mut object, warnings) = rules::decode(resource, sent::with_type(resource, sent), validation)?;
    sent::place(resource, &mut object, path.namespace())?;
    check_name(&object, path.name())?;
    let manager = call.context.field_manager.as_str();
    let stored = call
        .write(|tx| {
            let before = existing(tx, resource, path.namespace(), path.name())?;
            replace(tx, resource, &before, object, path.subresource, Some(manager))
        })
        .await?;
    Ok(call.context.show(200, &stored, warnings))
}

fn check_name(object: &Value, name: &str) -> Result<(), Status> {
    let said = object::name(object);
    if said == name || said.is_empty() {
        return Ok(());
    }
    Err(Status::bad_request(format!("the name of the object ({said}) does not match the name on the URL ({name})")))
}
