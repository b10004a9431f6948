//! What a client sent, against the path that it was sent to.

use serde_json::Value;

use crate::incoming::go_values::json_kind;
use crate::resource::Resource;
use crate::status::Status;
use crate::store::object;

/// 400 when the body is of another kind than the path.
pub(crate) fn check_type(resource: &Resource, sent: &Value) -> Result<(), Status> {
    if !sent.is_object() {
        return Err(Status::bad_request(format!(
            "{kind} in version \"{version}\" cannot be handled as a {kind}: json: cannot unmarshal {got} into Go value of type {package}.{kind}",
            kind = resource.kind,
            version = resource.version,
            got = json_kind(sent),
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
    object["kind"] = (*resource.kind).into();
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

/// What the API server says whenever an old kind is used.
pub(crate) fn deprecation(resource: &Resource) -> Option<String> {
    (resource.kind == "Endpoints")
        .then(|| "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice".to_owned())
}
