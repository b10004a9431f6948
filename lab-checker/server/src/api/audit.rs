//! `GET /api/v1/audit`: what instructors did.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::body::QueryOf;
use crate::{app::App, domain::named::is_id, problem::Problem, request::Teaching, store::AuditEntry};

/// How many entries one page holds.
const PAGE: u32 = 200;

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Older than this entry: the last one of the page before.
    #[param(pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    before: Option<String>,
}

/// A page of what instructors did, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditPage {
    entries: Vec<AuditRow>,
    /// What to give as `before` for the next page; nothing when this is the last.
    next: Option<String>,
}

/// What somebody did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditRow {
    id: String,
    /// RFC 3339.
    at: String,
    /// The id of the instructor token that they came with, as `lab-checker token list` has it, or `this machine`.
    who: String,
    /// What the token was for then.
    label: Option<String>,
    /// What they did.
    action: String,
    /// To what: the path of the request, or the id of a token.
    object: Option<String>,
    /// How the request was answered.
    status: Option<u16>,
    /// The request's id, as the log has it.
    request: Option<String>,
}

impl From<AuditEntry> for AuditRow {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { id, at, who, label, action, object, status, request } = entry;
        Self { id, at: at.to_string(), who, label, action, object, status, request }
    }
}

#[utoipa::path(
    get, path = "/api/v1/audit", tag = "instructors", operation_id = "audit", security(("token" = [])),
    params(AuditQuery),
    responses((status = 200, description = "What instructors did, on pages, through the API and at the server's machine", body = AuditPage))
)]
pub(crate) async fn get_audit(
    State(app): State<App>,
    _: Teaching,
    QueryOf(query): QueryOf<AuditQuery>,
) -> Result<Json<AuditPage>, Problem> {
    if query.before.as_ref().is_some_and(|before| !is_id(before)) {
        return Err(Problem::invalid("`before` is the id of an entry"));
    }
    let found = app.store.audit_entries(query.before.as_deref(), PAGE).await?;
    let next = found.last().filter(|_| found.len() == PAGE as usize).map(|entry| entry.id.clone());
    Ok(Json(AuditPage { entries: found.into_iter().map(AuditRow::from).collect(), next }))
}
