//! `metav1.Status`: how an API server says no. Every refusal of the practice cluster is one of these,
//! worded as a real API server words it, because kubectl prints the message as it stands.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::resource::Resource;

/// One failed request, as the API server describes it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Status {
    /// The HTTP status code.
    pub code: u16,
    /// The machine-readable reason, such as `NotFound`.
    pub reason: &'static str,
    /// The sentence that kubectl prints.
    pub message: String,
    /// `details`, where the real server sends them.
    pub details: Option<Box<Value>>,
    /// Seconds after which to try again, sent as `Retry-After`.
    pub retry_after: Option<u32>,
    /// `metadata.continue`, for a list whose token is too old.
    pub continue_token: Option<Box<str>>,
}

impl Status {
    /// A status with no details.
    /// Whether it says that the server failed, rather than that the request may not be done.
    #[must_use]
    pub fn is_server_error(&self) -> bool {
        self.code >= 500
    }

    pub(crate) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: None, retry_after: None, continue_token: None }
    }

    fn with_details(mut self, details: Value) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// 404 for an object: `pods "web" not found`.
    pub(crate) fn not_found(resource: &Resource, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{} \"{name}\" not found", resource.qualified())).with_details(details(
            &resource.group,
            &resource.plural,
            name,
        ))
    }

    /// 404 for a path that names nothing.
    pub(crate) fn no_such_path() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource").with_details(json!({}))
    }

    /// 404 for a cluster that is not here: the kubeconfig is of another server, or of one that has ended.
    #[must_use]
    pub fn no_such_cluster() -> Self {
        let message =
            "there is no such practice cluster at this address; use the kubeconfig of the server that runs now";
        Self::new(404, "NotFound", message).with_details(json!({}))
    }

    /// 405.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
            .with_details(json!({}))
    }

    /// 409 on create.
    pub(crate) fn already_exists(resource: &Resource, name: &str) -> Self {
        Self::new(409, "AlreadyExists", format!("{} \"{name}\" already exists", resource.qualified()))
            .with_details(details(&resource.group, &resource.plural, name))
    }

    /// 409 when the object changed since it was read, or a precondition does not hold.
    pub(crate) fn conflict(resource: &Resource, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", resource.qualified());
        Self::new(409, "Conflict", message).with_details(details(&resource.group, &resource.plural, name))
    }

    /// 403: the object is understood but not let in.
    pub(crate) fn forbidden(resource: &Resource, name: &str, why: &str) -> Self {
        let message = format!("{} \"{name}\" is forbidden: {why}", resource.qualified());
        Self::new(403, "Forbidden", message).with_details(details(&resource.group, &resource.plural, name))
    }

    /// 400.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 500.
    pub(crate) fn internal(message: impl std::fmt::Display) -> Self {
        let text = format!("Internal error occurred: {message}");
        Self::new(500, "InternalError", text).with_details(json!({"causes": [{"message": message.to_string()}]}))
    }

    /// 422 with its causes; `errors` are (reason, message, field).
    pub(crate) fn invalid(resource: &Resource, name: &str, errors: &[Cause]) -> Self {
        let rendered: Vec<String> = errors.iter().map(|e| format!("{}: {}", e.field, e.message)).collect();
        let list = if rendered.len() == 1 { rendered[0].clone() } else { format!("[{}]", rendered.join(", ")) };
        let kind = match &*resource.group {
            "" => resource.kind.clone().into_owned(),
            group => format!("{}.{group}", resource.kind),
        };
        let mut details = details(&resource.group, &resource.kind, name);
        details["causes"] = errors
            .iter()
            .map(|e| json!({"reason": e.reason, "message": e.message, "field": e.field}))
            .collect::<Vec<_>>()
            .into();
        Self::new(422, "Invalid", format!("{kind} \"{name}\" is invalid: {list}")).with_details(details)
    }

    /// 410: the history asked for is no longer kept.
    pub(crate) fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// 409: the gate leads to another world than when the request came.
    pub(crate) fn switched() -> Self {
        Self::new(409, "Conflict", "this practice cluster was switched to another world meanwhile; please try again")
    }

    /// 413.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(413, "RequestEntityTooLarge", format!("Request entity too large: limit is {limit} bytes"))
    }

    /// 503: what keeps this cluster does not answer, and nothing was changed.
    #[must_use]
    pub fn unavailable() -> Self {
        let message = "the storage of this practice cluster is not available; try again in a moment";
        let mut status = Self::new(503, "ServiceUnavailable", message);
        status.retry_after = Some(1);
        status
    }

    /// 401: with what is wrong about what was shown.
    #[must_use]
    pub fn not_opened(message: impl Into<String>) -> Self {
        Self::new(401, "Unauthorized", message)
    }

    /// 429: this cluster does too much at once.
    pub(crate) fn too_many_requests(message: impl Into<String>) -> Self {
        let mut status = Self::new(429, "TooManyRequests", message);
        status.details = Some(Box::new(json!({"retryAfterSeconds": 1})));
        status.retry_after = Some(1);
        status
    }

    /// 401.
    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    /// 406.
    pub(crate) fn not_acceptable(accepted: &str) -> Self {
        let message = format!("only the following media types are accepted: {accepted}");
        Self::new(406, "NotAcceptable", message)
    }

    /// 415.
    pub(crate) fn unsupported_media_type(accepted: &str) -> Self {
        let message =
            format!("the body of the request was in an unknown format - accepted media types include: {accepted}");
        Self::new(415, "UnsupportedMediaType", message)
    }

    /// The object as it goes over the wire.
    pub fn to_value(&self) -> Value {
        let mut object = Map::new();
        object.insert("kind".into(), "Status".into());
        object.insert("apiVersion".into(), "v1".into());
        let metadata = self.continue_token.as_ref().map_or_else(|| json!({}), |token| json!({"continue": **token}));
        object.insert("metadata".into(), metadata);
        object.insert("status".into(), "Failure".into());
        object.insert("message".into(), self.message.clone().into());
        if !self.reason.is_empty() {
            object.insert("reason".into(), self.reason.into());
        }
        if let Some(details) = &self.details {
            object.insert("details".into(), Value::clone(details));
        }
        object.insert("code".into(), self.code.into());
        Value::Object(object)
    }
}

/// One entry of `details.causes`.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// `FieldValueInvalid`, `FieldManagerConflict`, …
    pub reason: String,
    /// What is wrong, without the field.
    pub message: String,
    /// The path of the field.
    pub field: String,
}

fn details(group: &str, kind: &str, name: &str) -> Value {
    let mut details = Map::new();
    if !name.is_empty() {
        details.insert("name".into(), name.into());
    }
    if !group.is_empty() {
        details.insert("group".into(), group.into());
    }
    details.insert("kind".into(), kind.into());
    Value::Object(details)
}

impl IntoResponse for Status {
    fn into_response(self) -> Response {
        let code = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut body = self.to_value().to_string();
        body.push('\n');
        let mut response = (code, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        let warning = HeaderName::from_static("x-content-type-options");
        headers.insert(warning, HeaderValue::from_static("nosniff"));
        response
    }
}
