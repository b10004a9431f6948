//! What the API answers when something is wrong: `application/problem+json` (RFC 9457).
//!
//! Every handler's error becomes a [`Problem`]. What the database said is logged here and never sent.

use axum::{
    Json,
    extract::rejection::{BytesRejection, JsonRejection, QueryRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{request_id::RequestId, store::StoreError};

/// An error, as a client sees it. Boxed, because every `Result` of the server carries one.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(transparent)]
pub(crate) struct Problem(#[schema(inline)] Box<Fields>);

#[derive(Debug, Clone, Serialize, ToSchema)]
struct Fields {
    /// What kind of problem: `urn:lab-checker:unknown-lab`.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words.
    title: &'static str,
    /// The HTTP status, again.
    status: u16,
    /// This case in words, with what to do about it.
    detail: String,
    /// What names the request in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// More fields of some kinds.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    more: Map<String, Value>,
    #[serde(skip)]
    retry_after: Option<u64>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, kind: &str, title: &'static str, detail: impl Into<String>) -> Self {
        Self(Box::new(Fields {
            kind: format!("urn:lab-checker:{kind}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            request_id: RequestId::current().map(|id| id.to_string()),
            more: Map::new(),
            retry_after: None,
        }))
    }

    /// The same with one more field.
    pub(crate) fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.0.more.insert(name.to_owned(), serde_json::to_value(value).unwrap_or(Value::Null));
        self
    }

    /// The same, to be tried again after so long.
    pub(crate) fn after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// The same, and when to try again, as another problem says it.
    pub(crate) fn after_as(self, other: &Self) -> Self {
        match other.0.retry_after {
            Some(seconds) => self.after(seconds),
            None => self,
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// After how many seconds it is worth trying again.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        self.0.retry_after
    }

    pub(crate) fn title(&self) -> &'static str {
        self.0.title
    }

    pub(crate) fn detail(&self) -> &str {
        &self.0.detail
    }

    /// One of the further fields.
    pub(crate) fn more(&self, name: &str) -> Option<&Value> {
        self.0.more.get(name)
    }

    pub(crate) fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "The request cannot be understood", detail)
    }

    /// Not understood, for a reason of the framework's.
    pub(crate) fn not_understood(status: StatusCode, detail: &str) -> Self {
        Self::new(status, "bad-request", "The request cannot be understood", detail)
    }

    pub(crate) fn wrong_method(allowed: &str) -> Self {
        let detail = format!("this address is for {}", allowed.replace(',', ", "));
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "wrong-method", "Not with this method", detail)
    }

    pub(crate) fn no_websocket() -> Self {
        let detail = "a terminal is a WebSocket: ask for an upgrade";
        Self::new(StatusCode::UPGRADE_REQUIRED, "upgrade-required", "This is a WebSocket", detail)
    }

    pub(crate) fn too_large() -> Self {
        let detail = "the body is larger than this address takes; send less at once";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The request is too large", detail)
    }

    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "The request is not valid", detail)
    }

    pub(crate) fn too_much_to_keep(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "too-large", "This is too much to keep", detail)
    }

    pub(crate) fn not_signed_in() -> Self {
        let detail = "send the token of POST /api/v1/learners as `Authorization: Bearer TOKEN`, or sign in at /login";
        Self::new(StatusCode::UNAUTHORIZED, "not-signed-in", "Sign in first", detail)
    }

    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "This is not for you", detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing", detail)
    }

    pub(crate) fn unknown_lab(name: &str, nearest: Option<&str>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown-lab", "Unknown lab", unknown("lab", name, nearest))
    }

    pub(crate) fn unknown_quiz(name: &str, nearest: Option<&str>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown-quiz", "Unknown quiz", unknown("quiz", name, nearest))
    }

    pub(crate) fn not_started(lab: &str) -> Self {
        let detail = format!("start the lab first: POST /api/v1/labs/{lab}/start, or lab-checker start {lab}");
        Self::new(StatusCode::CONFLICT, "not-started", "The lab is not in your practice cluster", detail)
    }

    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "That is taken", detail)
    }

    pub(crate) fn joined_before() -> Self {
        Self::conflict(
            "somebody has joined with this address already. If that was you, sign in: with your token, with an invitation \
             from your instructor, or with a code from a browser where you are signed in (it stands behind your name \
             there). In a terminal, lab-checker login takes each of them",
        )
    }

    pub(crate) fn draft_changed() -> Self {
        let detail = "another tab or device has kept a draft since the version that this one is based on; it stands in \
                      `draft`, and nothing was written";
        Self::new(StatusCode::CONFLICT, "draft-changed", "The draft has changed", detail)
    }

    pub(crate) fn replaced() -> Self {
        let detail = "a newer preview of this lab was asked for before it was this one's turn";
        Self::new(StatusCode::CONFLICT, "replaced", "There is a newer preview", detail)
    }

    pub(crate) fn nothing_to_appeal(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "nothing-to-appeal", "This cannot be reported", detail)
    }

    pub(crate) fn forwarded(here: &str) -> Self {
        let detail = format!(
            "this server signs in whoever sits at its machine without asking, and this request came through a proxy, \
             so it may be anybody's. On that machine, open {here}. To serve a class through the proxy, start the \
             server with --public-url and the address that learners use, and with --trusted-proxy and the proxy's \
             address; then everybody signs in"
        );
        Self::new(StatusCode::FORBIDDEN, "forwarded", "This server is for its own machine", detail)
    }

    pub(crate) fn address_unknown() -> Self {
        let detail = "this server does not know the address that you reach it by; open it under its own name, or \
                      ask your instructor to start it with --public-url";
        Self::new(StatusCode::CONFLICT, "address-unknown", "The address of this server is not known", detail)
    }

    pub(crate) fn too_many(seconds: u64) -> Self {
        let detail = format!("try again in {seconds} seconds");
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too many requests", detail).after(seconds)
    }

    pub(crate) fn busy() -> Self {
        let detail = "many learners are being graded at once; try again in a moment";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "The server is busy", detail).after(1)
    }

    pub(crate) fn not_recorded() -> Self {
        let detail = "the server cannot write to its database at the moment, so nothing was recorded; \
                      keep your answer and try again in a minute";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "not-recorded", "Nothing was recorded", detail).after(30)
    }

    pub(crate) fn unavailable() -> Self {
        let detail = "its database does not answer, and nothing was recorded; try again in a minute";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The server cannot work at the moment", detail)
            .after(30)
    }

    pub(crate) fn silent() -> Self {
        let detail = "its database does not answer; try again in a minute, and look first whether what you sent was \
                      recorded all the same";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The server cannot work at the moment", detail)
            .after(5)
    }

    pub(crate) fn failed() -> Self {
        let detail = "it is not your fault, and it was written to the server's log";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", "The server failed", detail)
    }
}

fn unknown(what: &str, name: &str, nearest: Option<&str>) -> String {
    // A name from an address can be anything and long.
    let shown: String = name.chars().take(63).collect();
    match nearest {
        Some(nearest) => format!("there is no {what} {shown:?}; did you mean {nearest:?}?"),
        None => format!("there is no {what} {shown:?}"),
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Taken(what) => Self::conflict(format!("another learner has this {what}")),
            StoreError::Stopping => Self::busy(),
            StoreError::NotRecorded(source) => {
                tracing::error!(error = %source, "the database cannot write");
                Self::not_recorded()
            }
            StoreError::Database(source) if is_unwritable(source) => {
                Self::bad_request("no text here can hold the character U+0000")
            }
            StoreError::Database(source) => {
                tracing::error!(error = %source, "the database failed");
                if does_not_answer(source) { Self::unavailable() } else { Self::failed() }
            }
        }
    }
}

/// Whether this is about the way to the database, not about what was asked.
fn does_not_answer(error: &sqlx::Error) -> bool {
    use sqlx::Error::{Database, Io, PoolClosed, PoolTimedOut, Tls, WorkerCrashed};
    // PostgreSQL's classes for: the connection is lost, there are no resources, the server stops or starts.
    let says_so = |code: &str| ["08", "53", "57P"].iter().any(|class| code.starts_with(class));
    match error {
        Database(error) => error.code().is_some_and(|code| code.len() == 5 && says_so(&code)),
        other => matches!(other, Io(_) | Tls(_) | PoolClosed | PoolTimedOut | WorkerCrashed),
    }
}

/// PostgreSQL keeps every character but one.
fn is_unwritable(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "22021")
}

impl From<course::workbench::Unanswerable> for Problem {
    fn from(why: course::workbench::Unanswerable) -> Self {
        match why {
            course::workbench::Unanswerable::Invalid(message) => Self::invalid(message),
            course::workbench::Unanswerable::NotThere(message) => Self::not_found(message),
        }
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        let status = rejection.status();
        Self::new(status, "bad-request", "The request cannot be understood", rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(),
            status => Self::not_understood(status, &rejection.body_text()),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        // What was wrong may have been found by a thread that knows no request.
        self.0.request_id = self.0.request_id.or_else(|| RequestId::current().map(|id| id.to_string()));
        let (status, retry) = (self.status(), self.0.retry_after);
        let mut response = (status, Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::UPGRADE_REQUIRED {
            headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        }
        if let Some(seconds) = retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
