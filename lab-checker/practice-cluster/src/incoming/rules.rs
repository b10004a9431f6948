//! From what a client sent to what is stored: decoding, defaulting and validation by `manifest::admission`,
//! with this crate's words for refusals.

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
