//! Turning answers into responses.

use std::convert::Infallible;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, WARNING};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;

use crate::api::http::negotiation::Wanted;
use crate::status::Status;

/// Answers up to this size are not worth counting; larger ones go out in pieces of it.
const PIECE: usize = 64 * 1024;

/// An object as a response.
pub(crate) fn object(code: StatusCode, value: &Value, wanted: Wanted, warnings: &[String]) -> Response {
    json_text(code, text_of(value, wanted), warnings)
}

/// What a client asked to read. A large answer takes `room`, until the client has read it or is gone.
pub(crate) fn read(
    value: &impl Serialize,
    wanted: Wanted,
    warnings: &[String],
    room: impl FnOnce(usize) -> Result<OwnedSemaphorePermit, Status>,
) -> Result<Response, Status> {
    let text = text_of(value, wanted);
    if text.len() <= PIECE {
        return Ok(json_text(StatusCode::OK, text, warnings));
    }
    let room = room(text.len())?;
    let text = Bytes::from(text);
    let pieces = (0..text.len()).step_by(PIECE).map(move |start| {
        let _taken = &room;
        Ok::<Bytes, Infallible>(text.slice(start..text.len().min(start + PIECE)))
    });
    Ok(json_text(StatusCode::OK, Body::from_stream(stream::iter(pieces)), warnings))
}

fn text_of(value: &impl Serialize, wanted: Wanted) -> String {
    let text = if wanted.pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    let mut text = text.expect("plain JSON always serialises");
    text.push('\n');
    text
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
