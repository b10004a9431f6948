//! Reading a request's body: within its limit, within a time, in any of the formats that clients send.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt, Limited};
use serde_json::Value;

use crate::api::protobuf;
use crate::status::Status;

/// How long a client may take to send a body.
const PATIENCE: Duration = Duration::from_secs(30);

const ACCEPTED: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

/// The whole body, or why not.
pub(crate) async fn read(body: Body, limit: usize) -> Result<Bytes, Status> {
    let limited = Limited::new(body, limit).collect();
    match tokio::time::timeout(PATIENCE, limited).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(Status::too_large(limit)),
        Ok(Err(error)) => Err(Status::bad_request(format!("the request body cannot be read: {error}"))),
        Err(_) => Err(Status::new(408, "Timeout", "the request body did not arrive in time")),
    }
}

/// A content type without its parameters, lower case.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The object in a body of POST or PUT.
pub(crate) fn object(media_type: &str, bytes: &Bytes) -> Result<Value, Status> {
    match media_type {
        "" | "application/json" | "text/json" => json(bytes),
        "application/yaml" | "text/yaml" | "application/x-yaml" => yaml(bytes),
        protobuf::MEDIA_TYPE => protobuf::decode(bytes),
        _ => Err(Status::unsupported_media_type(ACCEPTED)),
    }
}

/// JSON, with Go's words for the commonest mistakes.
pub(crate) fn json(bytes: &[u8]) -> Result<Value, Status> {
    serde_json::from_slice(bytes).map_err(|error| {
        let text = if bytes.is_empty() { "unexpected end of JSON input".to_owned() } else { error.to_string() };
        Status::bad_request(format!("couldn't get version/kind; json parse error: {text}"))
    })
}

/// One YAML document, as JSON.
pub(crate) fn yaml(bytes: &[u8]) -> Result<Value, Status> {
    let text = std::str::from_utf8(bytes).map_err(|_| Status::bad_request("yaml: invalid UTF-8"))?;
    // kubectl sends JSON under YAML's name; JSON is YAML, and the stricter parser is the faster one.
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    let (mut documents, problems) = manifest::yaml::read("body", text);
    if let Some(problem) = problems.first() {
        return Err(Status::bad_request(format!("error decoding YAML: line {}: {}", problem.line, problem.message)));
    }
    match documents.len() {
        1 => Ok(documents.remove(0).value),
        found => Err(Status::bad_request(format!("error decoding YAML: expected one object, found {found}"))),
    }
}
