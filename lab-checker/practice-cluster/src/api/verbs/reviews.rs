//! Reviews and token requests, which are answered and not stored: may I, who am I. Everybody may do everything here.

use serde_json::{Value, json};

use crate::api::http::body;
use crate::api::verbs::call::{Answer, Call};
use crate::incoming::generated_name;
use crate::status::Status;

/// Answers an access review or a self review.
pub(crate) fn answer(call: &Call, mut sent: Value) -> Result<Answer, Status> {
    let resource = &*call.context.path.resource;
    if !sent.is_object() {
        return Err(Status::bad_request("the body of a review must be an object"));
    }
    sent["kind"] = (*resource.kind).into();
    sent["apiVersion"] = resource.api_version().into();
    if !sent["metadata"].is_object() {
        sent["metadata"] = json!({});
    }
    sent["status"] = match &*resource.kind {
        "SelfSubjectReview" => json!({"userInfo": {
            "username": "admin",
            "uid": "admin",
            "groups": ["system:masters", "system:authenticated"],
        }}),
        "SelfSubjectRulesReview" => json!({
            "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
            "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
            "incomplete": false,
        }),
        _ => json!({"allowed": true}),
    };
    Ok(Answer { code: 201, value: sent, wanted: call.context.wanted, warnings: Vec::new() })
}

/// Answers a TokenRequest with a token that opens nothing: there is nothing behind it.
pub(crate) fn token(call: &Call) -> Result<Answer, Status> {
    let path = &call.context.path;
    if call.cluster.state().find(&path.resource, path.namespace(), path.name()).is_none() {
        return Err(Status::not_found(&path.resource, path.name()));
    }
    let sent = if call.bytes.is_empty() { json!({}) } else { body::object(&call.context.media_type, &call.bytes)? };
    let mut spec = sent["spec"].as_object().cloned().unwrap_or_default();
    let seconds = spec.get("expirationSeconds").and_then(Value::as_i64).unwrap_or(3600);
    if !(600..=1 << 32).contains(&seconds) {
        return Err(wrong_duration(seconds));
    }
    spec.insert("expirationSeconds".to_owned(), seconds.into());
    if spec.get("audiences").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        spec.insert("audiences".to_owned(), json!(["https://kubernetes.default.svc.cluster.local"]));
    }
    let expires = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
    let value = json!({
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"name": path.name(), "namespace": path.namespace()},
        "spec": spec,
        "status": {
            "token": format!("practice-{}", generated_name::suffix(32)),
            "expirationTimestamp": expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        },
    });
    Ok(Answer { code: 201, value, wanted: call.context.wanted, warnings: Vec::new() })
}

fn wrong_duration(seconds: i64) -> Status {
    let why = if seconds < 600 {
        "may not specify a duration less than 10 minutes"
    } else {
        "may not specify a duration larger than 2^32 seconds"
    };
    let message = format!("Invalid value: {seconds}: {why}");
    let text = format!("TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: {message}");
    let mut status = Status::new(422, "Invalid", text);
    status.details = Some(Box::new(json!({
        "group": "authentication.k8s.io", "kind": "TokenRequest",
        "causes": [{"reason": "FieldValueInvalid", "message": message, "field": "spec.expirationSeconds"}],
    })));
    status
}
