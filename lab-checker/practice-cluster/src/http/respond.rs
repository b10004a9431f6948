//! Turning answers into responses.

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, WARNING};
use http::{HeaderValue, StatusCode};
use serde_json::Value;

use crate::http::negotiation::Wanted;

/// An object as a response.
pub(crate) fn object(code: StatusCode, value: &Value, wanted: Wanted, warnings: &[String]) -> Response {
    let text = if wanted.pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    let mut text = text.expect("plain JSON always serialises");
    text.push('\n');
    json_text(code, text, warnings)
}

/// Text that is JSON already.
pub(crate) fn json_text(code: StatusCode, text: impl Into<Body>, warnings: &[String]) -> Response {
    let mut response = Response::new(text.into());
    *response.status_mut() = code;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
    add_warnings(&mut response, warnings);
    response
}

/// Plain text.
pub(crate) fn text(code: StatusCode, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = code;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// `Warning: 299 - "…"` headers, which kubectl prints.
pub(crate) fn add_warnings(response: &mut Response, warnings: &[String]) {
    for warning in warnings {
        let quoted = warning.replace('\\', "\\\\").replace('"', "\\\"").replace(['\n', '\r'], " ");
        if let Ok(value) = HeaderValue::from_bytes(format!("299 - \"{quoted}\"").as_bytes()) {
            response.headers_mut().append(WARNING, value);
        }
    }
}
