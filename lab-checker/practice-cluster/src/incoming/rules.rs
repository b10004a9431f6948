//! From what a client sent to what is stored: decoding, defaulting and validation by `manifest::admission`,
//! with this crate's words for refusals.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use manifest::admission::{self, FieldError, FieldValidation};
use serde_json::Value;

use crate::incoming::go_values::json_kind;
use crate::resource::Resource;
use crate::status::{Cause, Status};

/// Reads an object as its kind: unknown fields go (or are refused), wrong types are refused. Also returns the
/// warnings to send.
pub(crate) fn decode(
    resource: &Resource,
    value: Value,
    validation: FieldValidation,
) -> Result<(Value, Vec<String>), Status> {
    if !value.is_object() {
        return Err(Status::bad_request(format!(
            "{kind} in version \"{version}\" cannot be handled as a {kind}: json: cannot unmarshal {got} into Go value of type {version}.{kind}",
            kind = resource.kind,
            version = resource.version,
            got = json_kind(&value),
        )));
    }
    let decoded = admission::decode(&value, validation).map_err(|error| Status::bad_request(error.message))?;
    let mut warnings = decoded.warnings;
    warnings.extend(admission::warnings(&decoded.value));
    Ok((decoded.value, warnings))
}

/// Fills in what the API server fills in.
pub(crate) fn default(object: &mut Value) {
    admission::default(object);
    if object["kind"] == "Secret" {
        default_secret(object);
    }
}

/// A Secret is Opaque unless it says otherwise, and its `stringData` becomes `data`.
fn default_secret(object: &mut Value) {
    let Some(secret) = object.as_object_mut() else { return };
    secret.entry("type").or_insert_with(|| "Opaque".into());
    let Some(Value::Object(texts)) = secret.remove("stringData") else { return };
    let data = crate::store::object::entry_mut(secret, "data");
    for (key, text) in texts {
        data.insert(key, BASE64_STANDARD.encode(text.as_str().unwrap_or_default()).into());
    }
}

/// Refuses what the API server refuses.
pub(crate) fn validate(resource: &Resource, object: &Value, before: Option<&Value>) -> Result<(), Status> {
    let errors = match before {
        None => admission::validate(object),
        Some(before) => admission::validate_update(before, object),
    };
    if errors.is_empty() { Ok(()) } else { Err(invalid(resource, object, &errors)) }
}

fn invalid(resource: &Resource, object: &Value, errors: &[FieldError]) -> Status {
    let mut status = Status::invalid(resource, crate::store::object::name(object), &causes(errors));
    status.message = admission::invalid_message(object, errors);
    status
}

fn causes(errors: &[FieldError]) -> Vec<Cause> {
    errors
        .iter()
        .map(|error| Cause { reason: error.reason().to_owned(), message: error.body(), field: error.field.clone() })
        .collect()
}
