//! `/api/v1/me/attempts`: what a learner has handed in, and what was said about it. Theirs only.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{
    attempts::{AttemptPage, AttemptRow, page, report_with_html},
    body::QueryOf,
    usual::Usual,
};
use crate::{
    app::App,
    domain::{hand_in, named::kind_named},
    problem::Problem,
    request::SignedIn,
    store::{AttemptFilter, AttemptSummary},
};

/// Which of your attempts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MyHistory {
    /// `lab` or `quiz`.
    #[param(pattern = "^(lab|quiz)$")]
    kind: Option<String>,
    /// At the lab or quiz of this name only.
    activity: Option<String>,
    /// Older than this attempt: the last one of the page before.
    before: Option<String>,
}

#[utoipa::path(
    get, path = "/api/v1/me/attempts", tag = "learners", operation_id = "myAttempts", security(("token" = [])),
    params(MyHistory),
    responses(
        (status = 200, description = "Your attempts, newest first", body = AttemptPage),
        (status = 422, description = "There is no such kind", body = Problem, content_type = "application/problem+json"),
        Usual,
    )
)]
pub(crate) async fn get_attempts(
    State(app): State<App>,
    SignedIn(learner): SignedIn,
    QueryOf(history): QueryOf<MyHistory>,
) -> Result<Json<AttemptPage>, Problem> {
    let filter = AttemptFilter {
        learner: Some(learner.id),
        kind: history.kind.as_deref().map(kind_named).transpose()?,
        name: history.activity,
        before: history.before,
    };
    page(&app, &filter).await.map(Json)
}

/// An attempt of yours with what was said about it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MyAttempt {
    #[serde(flatten)]
    attempt: AttemptRow,
    /// What you handed in, of a lab: its objects.
    #[schema(value_type = Option<Vec<Object>>)]
    objects: Option<Value>,
    /// The newest report, as it was answered to you.
    #[schema(value_type = Object)]
    report: Value,
}

#[utoipa::path(
    get, path = "/api/v1/me/attempts/{id}", tag = "learners", operation_id = "myAttempt", security(("token" = [])),
    params(("id" = String, Path, description = "The attempt")),
    responses(
        (status = 200, description = "One attempt of yours", body = MyAttempt),
        (status = 404, description = "You have no such attempt", body = Problem, content_type = "application/problem+json"),
        Usual,
    )
)]
pub(crate) async fn get_attempt(
    State(app): State<App>,
    SignedIn(learner): SignedIn,
    Path(id): Path<String>,
) -> Result<Json<MyAttempt>, Problem> {
    let attempt = hand_in::of_learner(&app, &learner, &id).await?;
    let objects = attempt.submission.get("objects").cloned();
    let report = Value::Object(report_with_html(&app, &attempt));
    Ok(Json(MyAttempt { attempt: AttemptSummary::from(attempt).into(), objects, report }))
}
