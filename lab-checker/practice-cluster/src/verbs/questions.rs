//! Questions that are answered and not stored: may I, who am I. Everybody may do everything here.

use serde_json::{Value, json};

use crate::status::Status;
use crate::verbs::generated_name;
use crate::verbs::{Answer, Call};

/// Answers an access review or a self review.
pub(crate) fn answer(call: &Call, mut sent: Value) -> Result<Answer, Status> {
    let resource = call.context.path.resource;
    if !sent.is_object() {
        return Err(Status::bad_request("the body of a review must be an object"));
    }
    sent["kind"] = resource.kind.into();
    sent["apiVersion"] = resource.api_version().into();
    if !sent["metadata"].is_object() {
        sent["metadata"] = json!({});
    }
    sent["status"] = match resource.kind {
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
    if call.cluster.state().find(path.resource, path.namespace(), path.name()).is_none() {
        return Err(Status::not_found(path.resource, path.name()));
    }
    let expires = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let value = json!({
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"name": path.name(), "namespace": path.namespace()},
        "spec": {"audiences": ["https://kubernetes.default.svc.cluster.local"], "expirationSeconds": 3600},
        "status": {
            "token": format!("practice-{}", generated_name::suffix(32)),
            "expirationTimestamp": expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        },
    });
    Ok(Answer { code: 201, value, wanted: call.context.wanted, warnings: Vec::new() })
}
