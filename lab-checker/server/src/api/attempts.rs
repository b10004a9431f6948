//! Attempts: what is answered after one, and the instructor's history of all.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use course::{Attack, markdown_to_html};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use super::body::QueryOf;
use crate::{
    activity::{self, ActivityKind},
    app::App,
    domain::{
        named::{is_id, kind_named},
        questions::report_for_learner,
        submission::{self, Judged},
    },
    problem::Problem,
    request::Teaching,
    store::{Attempt, AttemptFilter, AttemptSummary},
};

/// How many attempts one page of the history holds.
const PAGE: u32 = 200;

/// The answer to an attempt: the report's own keys, and where the attempt is kept.
pub(crate) async fn graded(app: &App, attempt: &Attempt) -> Result<Response, Problem> {
    let best = app.store.best(&attempt.learner, &attempt.activity).await?;
    let mut body = report_with_html(app, attempt);
    if let Some(attack) = attack(app, attempt) {
        body.insert("attack".to_owned(), json!(attack));
    }
    body.insert("attempt_id".to_owned(), json!(attempt.id));
    body.insert("submitted_at".to_owned(), json!(attempt.submitted_at));
    body.insert("best_points".to_owned(), json!(best.unwrap_or(attempt.points)));
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("/api/v1/me/attempts/{}", attempt.id)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// What the attack of the lab's story was, for who has passed: it can be tried again now.
fn attack<'a>(app: &'a App, attempt: &Attempt) -> Option<&'a Attack> {
    let is_passed = attempt.passed && attempt.activity.kind == ActivityKind::Lab;
    app.course.lab(&attempt.activity.name).filter(|_| is_passed)?.attack.as_ref()
}

/// The report as its learner reads it; hints, which are Markdown, also as HTML for pages.
pub(super) fn report_with_html(app: &App, attempt: &Attempt) -> Map<String, Value> {
    let mut report = match report_for_learner(app, attempt) {
        Value::Object(report) => report,
        _ => Map::new(),
    };
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
    page(&app, &filter).await.map(Json)
}

/// A page of the attempts that match.
pub(super) async fn page(app: &App, filter: &AttemptFilter) -> Result<AttemptPage, Problem> {
    let found = app.store.attempts(filter, PAGE).await?;
    let is_full = found.len() == PAGE as usize;
    let next = found.last().filter(|_| is_full).map(|attempt| attempt.id.clone());
    Ok(AttemptPage { attempts: found.into_iter().map(AttemptRow::from).collect(), next })
}

/// An attempt with what was handed in and what was said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WholeAttempt {
    #[serde(flatten)]
    attempt: AttemptRow,
    /// The answers or objects; of a lab's world also what was `added`, `changed` and `removed` in it, in `changes`.
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
    let found = if is_id(&id) { app.store.attempt(&id).await? } else { None };
    let attempt = found.ok_or_else(|| Problem::not_found("there is no such attempt"))?;
    let judged = submission::judged(&app, &attempt).await?;
    let Attempt { submission, report, .. } = attempt.clone();
    let submission = judged.map_or(submission, Judged::told);
    Ok(Json(WholeAttempt { attempt: AttemptSummary::from(attempt).into(), submission, report }))
}
