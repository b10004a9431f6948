//! Attempts: what is answered after one, and the instructor's history of all.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use course::markdown_to_html;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::body::QueryOf;
use crate::{
    activity::{self, ActivityKind},
    app::App,
    domain::named::kind_named,
    problem::Problem,
    request::Teaching,
    store::{Attempt, AttemptFilter, AttemptSummary},
};

/// How many attempts one page of the history holds.
const PAGE: u32 = 200;

/// The answer to an attempt: the report's own keys, and where the attempt is kept.
pub(crate) async fn graded(app: &App, attempt: &Attempt) -> Result<Response, Problem> {
    let best = app.store.best(&attempt.learner, &attempt.activity).await?;
    let mut body = report_with_html(attempt);
    body.insert("attempt_id".to_owned(), json!(attempt.id));
    body.insert("submitted_at".to_owned(), json!(attempt.submitted_at));
    body.insert("best_points".to_owned(), json!(best.unwrap_or(attempt.points)));
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("/api/v1/attempts/{}", attempt.id)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// The report; explanations, which are Markdown, also as HTML for pages.
fn report_with_html(attempt: &Attempt) -> Map<String, Value> {
    let mut report = attempt.report.as_object().cloned().unwrap_or_default();
    if attempt.activity.kind == ActivityKind::Quiz {
        for question in report.get_mut("questions").and_then(Value::as_array_mut).into_iter().flatten() {
            let html = question.get("explanation").and_then(Value::as_str).map(markdown_to_html);
            if let (Some(html), Some(question)) = (html, question.as_object_mut()) {
                question.insert("explanation_html".to_owned(), json!(html));
            }
        }
    }
    if let Some(mistake) = report.get_mut("mistake").and_then(Value::as_object_mut) {
        let html = mistake.get("hint").and_then(Value::as_str).map(markdown_to_html);
        mistake.insert("hint_html".to_owned(), json!(html));
    }
    report
}

/// Which attempts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct History {
    /// Of this learner only.
    learner: Option<String>,
    /// `lab` or `quiz`.
    #[param(pattern = "^(lab|quiz)$")]
    kind: Option<String>,
    /// At the lab or quiz of this name only.
    activity: Option<String>,
    /// Older than this attempt: the last one of the page before.
    before: Option<String>,
}

/// A page of attempts, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttemptPage {
    attempts: Vec<AttemptRow>,
    /// What to give as `before` for the next page; nothing when this is the last.
    next: Option<String>,
}

/// An attempt without its submission.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AttemptRow {
    id: String,
    learner: String,
    /// `lab` or `quiz`.
    kind: &'static str,
    activity: String,
    /// RFC 3339.
    submitted_at: String,
    points: f64,
    max_points: f64,
    passed: bool,
}

impl From<AttemptSummary> for AttemptRow {
    fn from(attempt: AttemptSummary) -> Self {
        Self {
            id: attempt.id,
            learner: attempt.learner,
            kind: activity::word(attempt.activity.kind),
            activity: attempt.activity.name,
            submitted_at: attempt.submitted_at.to_string(),
            points: attempt.points,
            max_points: attempt.max_points,
            passed: attempt.passed,
        }
    }
}

#[utoipa::path(
    get, path = "/api/v1/attempts", tag = "instructors", operation_id = "attempts", security(("token" = [])),
    params(History),
    responses(
        (status = 200, description = "Attempts, newest first", body = AttemptPage),
        (status = 403, description = "Not an instructor", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_attempts(
    State(app): State<App>,
    _: Teaching,
    QueryOf(history): QueryOf<History>,
) -> Result<Json<AttemptPage>, Problem> {
    let filter = AttemptFilter {
        learner: history.learner,
        kind: history.kind.as_deref().map(kind_named).transpose()?,
        name: history.activity,
        before: history.before,
    };
    let found = app.store.attempts(&filter, PAGE).await?;
    let is_full = found.len() == PAGE as usize;
    let next = found.last().filter(|_| is_full).map(|attempt| attempt.id.clone());
    Ok(Json(AttemptPage { attempts: found.into_iter().map(AttemptRow::from).collect(), next }))
}

/// An attempt with what was handed in and what was said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WholeAttempt {
    #[serde(flatten)]
    attempt: AttemptRow,
    /// The answers or objects.
    #[schema(value_type = Object)]
    submission: Value,
    /// The newest report.
    #[schema(value_type = Object)]
    report: Value,
}

#[utoipa::path(
    get, path = "/api/v1/attempts/{id}", tag = "instructors", operation_id = "attempt", security(("token" = [])),
    params(("id" = String, Path, description = "The attempt")),
    responses(
        (status = 200, description = "One attempt", body = WholeAttempt),
        (status = 404, description = "There is none", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_attempt(
    State(app): State<App>,
    _: Teaching,
    Path(id): Path<String>,
) -> Result<Json<WholeAttempt>, Problem> {
    let attempt = app.store.attempt(&id).await?.ok_or_else(|| Problem::not_found("there is no such attempt"))?;
    let Attempt { submission, report, .. } = attempt.clone();
    Ok(Json(WholeAttempt { attempt: AttemptSummary::from(attempt).into(), submission, report }))
}
