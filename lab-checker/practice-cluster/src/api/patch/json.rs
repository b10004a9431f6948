//! JSON patches and merge patches.

use serde_json::Value;

use crate::incoming::go_values::json_kind;
use crate::status::Status;

/// Operations that one JSON patch may have, as in an API server.
const MAX_OPERATIONS: usize = 10_000;

/// RFC 6902.
pub(crate) fn json_patch(object: &mut Value, patch: &[u8]) -> Result<(), Status> {
    let undecodable = |why: String| Status::bad_request(format!("error decoding patch: {why}"));
    let patch: Value = serde_json::from_slice(patch).map_err(|error| undecodable(error.to_string()))?;
    let wrong = |value: &Value, wanted: &str| {
        undecodable(format!("json: cannot unmarshal {} into Go value of type jsonpatch.{wanted}", json_kind(value)))
    };
    let Value::Array(steps) = &patch else { return Err(wrong(&patch, "Patch")) };
    if let Some(step) = steps.iter().find(|step| !step.is_object()) {
        return Err(wrong(step, "Operation"));
    }
    if steps.len() > MAX_OPERATIONS {
        let message = format!(
            "Request entity too large: The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {}",
            steps.len()
        );
        return Err(Status::new(413, "RequestEntityTooLarge", message));
    }
    // An operation that there is not, or that lacks its path, fails like one that does not fit.
    let operations: json_patch::Patch = serde_json::from_value(patch).map_err(|_| unprocessable())?;
    json_patch::patch(object, &operations).map_err(|_| unprocessable())
}

/// What an API server says about a patch that cannot be applied. It does not say why.
pub(crate) fn unprocessable() -> Status {
    let mut status = Status::new(422, "Invalid", "the server rejected our request due to an error in our request");
    status.details = Some(Box::new(serde_json::json!({})));
    status
}

/// RFC 7386.
pub(crate) fn merge_patch(object: &mut Value, patch: &Value) {
    json_patch::merge(object, patch);
}
