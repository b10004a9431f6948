//! PATCH: strategic merge, merge and JSON patches, and server-side apply.

use serde_json::Value;

use crate::api::http::body;
use crate::api::patch::{self, json_patch, merge_patch, strategic_merge};
use crate::api::verbs::call::{Answer, Call};
use crate::api::verbs::{replace, scale, sent, server_side_apply};
use crate::api::versions;
use crate::incoming::go_values::{go_syntax, json_kind};
use crate::incoming::rules;
use crate::resource::{Resource, Subresource};
use crate::status::{Cause, Status};
use crate::store::object;
use manifest::openapi::Schema;

const ACCEPTED: &str = "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml";

const UNDECODABLE: &str = "error decoding patch: ";

/// The kinds of patches that change what is stored, rather than own it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    Merge,
    Strategic,
}

/// Answers a PATCH.
pub(crate) async fn patch(call: Call) -> Result<Answer, Status> {
    let path = &call.context.path;
    if path.name.is_none() || !path.resource.stored() {
        return Err(Status::method_not_allowed());
    }
    let kind = match call.context.media_type.as_str() {
        "application/json-patch+json" => Kind::Json,
        "application/merge-patch+json" => Kind::Merge,
        "application/strategic-merge-patch+json" if !path.resource.strategic() => {
            return Err(Status::unsupported_media_type(
                "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
            ));
        }
        "application/strategic-merge-patch+json" => Kind::Strategic,
        "application/apply-patch+yaml" | "application/apply-patch+cbor" => {
            return server_side_apply::patch(&call).await;
        }
        _ => return Err(Status::unsupported_media_type(ACCEPTED)),
    };
    match path.subresource {
        Some(Subresource::Scale) => scale::store(&call, |current| changed(kind, current, &call.bytes, None)).await,
        None | Some(Subresource::Status | Subresource::EphemeralContainers) => change(&call, kind).await,
        _ => Err(Status::method_not_allowed()),
    }
}

async fn change(call: &Call, kind: Kind) -> Result<Answer, Status> {
    let context = &call.context;
    let path = &context.path;
    let resource = &*path.resource;
    let validation = context.query.field_validation()?;
    if context.query.get("force").is_some() {
        return Err(invalid_option("force: Forbidden: may not be specified for non-apply patch"));
    }
    let mut warnings = Vec::new();
    let stored = call
        .write(|tx| {
            let before = replace::existing(tx, resource, path.namespace(), path.name())?;
            let patched = match &path.spoken {
                None => changed(kind, &before, &call.bytes, resource.schema())?,
                Some(spoken) => {
                    let shown = versions::older(Value::clone(&before), spoken);
                    versions::newer(changed(kind, &shown, &call.bytes, None)?, resource)
                }
            };
            check_identity(resource, &before, &patched)?;
            let decoded = rules::decode(resource, patched.clone(), validation)
                .map_err(|status| undecodable(kind, &call.bytes, &patched, &status))?;
            warnings = decoded.1;
            replace::replace(tx, resource, &before, decoded.0, path.subresource, Some(&context.field_manager))
        })
        .await?;
    Ok(context.show(200, &stored, warnings))
}

fn changed(kind: Kind, before: &Value, bytes: &[u8], schema: Option<Schema>) -> Result<Value, Status> {
    let mut object = before.clone();
    match kind {
        Kind::Json => json_patch(&mut object, bytes)?,
        Kind::Merge => {
            let patch = patch_object(bytes).map_err(|mut status| {
                if !status.message.starts_with(UNDECODABLE) {
                    status.message.insert_str(0, UNDECODABLE);
                }
                status
            })?;
            merge_patch(&mut object, &patch);
        }
        Kind::Strategic => strategic_merge(&mut object, &patch_object(bytes)?, schema)?,
    }
    Ok(object)
}

/// Patches come as JSON, or as YAML under JSON's name.
fn patch_object(bytes: &[u8]) -> Result<Value, Status> {
    let patch =
        body::json(bytes).map_err(|_| Status::bad_request(format!("{UNDECODABLE}the body is not valid JSON")))?;
    if !patch.is_object() {
        return Err(Status::bad_request(format!(
            "json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
            json_kind(&patch)
        )));
    }
    Ok(patch)
}

/// A patch cannot turn an object into another one.
fn check_identity(resource: &Resource, before: &Value, after: &Value) -> Result<(), Status> {
    let name = object::name(before);
    if !after.is_object() {
        return Err(patch::unprocessable());
    }
    for field in ["name", "namespace"] {
        let (said, stored) = (object::metadata_str(after, field), object::metadata_str(before, field));
        if said != stored {
            if field == "name" {
                return Err(Status::bad_request(format!(
                    "the name of the object ({said}) does not match the name on the URL ({name})"
                )));
            }
            return Err(Status::bad_request(format!(
                "the namespace of the object ({said}) does not match the namespace on the request ({stored})"
            )));
        }
    }
    sent::check_type(resource, after)
}

/// The API server words a patch's wrong fields unlike an object's.
fn undecodable(kind: Kind, bytes: &[u8], patched: &Value, status: &Status) -> Status {
    let message = &status.message;
    let detail =
        message.split_once("strict decoding error: ").map(|(_, rest)| format!("strict decoding error: {rest}"));
    let (value, detail) = match (kind, detail) {
        (Kind::Strategic, Some(detail)) => (printed_patch(bytes), detail),
        (Kind::Strategic, None) => (printed_patch(bytes), restore_error(message)),
        (_, Some(detail)) => {
            return Status::bad_request(detail);
        }
        (_, None) => {
            let detail = message.split_once(": ").map_or(message.as_str(), |(_, rest)| rest).to_owned();
            (patched.to_string(), detail)
        }
    };
    invalid_patch(&value, &detail)
}

fn printed_patch(bytes: &[u8]) -> String {
    body::json(bytes).map(|patch| go_syntax(&patch)).unwrap_or_default()
}

/// 422 about `patch`, an object that has no name.
fn invalid_patch(value: &str, detail: &str) -> Status {
    let message = format!("Invalid value: \"{}\": {detail}", value.replace('\\', "\\\\").replace('"', "\\\""));
    let mut status = Status::new(422, "Invalid", format!(" \"\" is invalid: patch: {message}"));
    let cause = Cause { reason: "FieldValueInvalid".into(), message, field: "patch".into() };
    status.details = Some(Box::new(serde_json::json!({
        "causes": [{"reason": cause.reason, "message": cause.message, "field": cause.field}]
    })));
    status
}

/// The words of Go's conversion from a patched map to a typed object, from those of its JSON decoder.
fn restore_error(message: &str) -> String {
    let Some((_, rest)) = message.split_once("cannot unmarshal ") else { return message.to_owned() };
    let got = rest.split_whitespace().next().unwrap_or_default();
    let target = rest.rsplit(" of type ").next().unwrap_or_default();
    let got = match got {
        "array" => "slice",
        "object" => "map",
        "number" => "int64",
        other => other,
    };
    match target {
        list if list.starts_with("[]") => format!("cannot restore slice from {got}"),
        map if map.starts_with("map[") => format!("cannot restore map from {got}"),
        "string" | "int32" | "int64" | "bool" => format!("cannot convert {got} to {target}"),
        _ => format!("cannot restore struct from: {got}"),
    }
}

fn invalid_option(what: &str) -> Status {
    Status::new(422, "Invalid", format!("PatchOptions.meta.k8s.io \"\" is invalid: {what}"))
}
