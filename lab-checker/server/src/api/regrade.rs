//! `/api/v1/regrade`: what the course says today about old attempts; first to look at, then to keep. It is a job.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::{JsonBody, QueryOf};
use crate::{
    app::App,
    domain::regrade::{self, PageOfResults, RegradeRequest, Regraded},
    problem::Problem,
    request::Teaching,
    store::RegradeJob,
};

/// How long whoever begins a job is kept waiting for its result.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often to look, in seconds, when it takes longer.
const LOOK_AGAIN: u64 = 2;

/// Jobs of grading again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegradeJobs {
    /// The newest first, each without what it has found.
    jobs: Vec<Regraded>,
}

/// What to publish new grades with.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct Publishing {
    /// Why, in your words, instead of the job's own.
    #[serde(default)]
    #[schema(max_length = 1000)]
    note: Option<String>,
}

#[utoipa::path(
    post, path = "/api/v1/regrade", tag = "instructors", operation_id = "regrade", security(("token" = [])),
    request_body = RegradeRequest,
    responses(
        (status = 200, description = "All is graded: what changes, or has changed with `commit`", body = Regraded),
        (status = 202, description = "It takes longer than 20 seconds and goes on; `Location` says where to follow it", body = Regraded),
        (status = 409, description = "Grading again is under way already: `job`", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_regrade(
    State(app): State<App>,
    _: Teaching,
    JsonBody(request): JsonBody<RegradeRequest>,
) -> Result<Response, Problem> {
    let begun = regrade::begin(&app, &request).await?;
    let job = regrade::wait(&app, &begun.id, PATIENCE).await?;
    answer(&app, job).await
}

async fn answer(app: &App, job: RegradeJob) -> Result<Response, Problem> {
    let place = format!("/api/v1/regrade/{}", job.id);
    let regraded = regrade::shown(app, job, &PageOfResults::default(), None).await?;
    let status = if regraded.is_running() { StatusCode::ACCEPTED } else { StatusCode::OK };
    let mut response = (status, Json(regraded)).into_response();
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    if status == StatusCode::ACCEPTED {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(LOOK_AGAIN));
    }
    Ok(response)
}

#[utoipa::path(
    get, path = "/api/v1/regrade", tag = "instructors", operation_id = "regradeJobs", security(("token" = [])),
    responses((status = 200, description = "What was begun, stopped, finished and published", body = RegradeJobs))
)]
pub(crate) async fn get_jobs(State(app): State<App>, _: Teaching) -> Result<Json<RegradeJobs>, Problem> {
    Ok(Json(RegradeJobs { jobs: regrade::listed(&app).await? }))
}

#[utoipa::path(
    get, path = "/api/v1/regrade/{id}", tag = "instructors", operation_id = "regradeJob", security(("token" = [])),
    params(("id" = String, Path, description = "The job"), PageOfResults),
    responses((status = 200, description = "How far it is; when all is graded, who gets another grade and is told what", body = Regraded))
)]
pub(crate) async fn get_job(
    State(app): State<App>,
    _: Teaching,
    Path(id): Path<String>,
    QueryOf(page): QueryOf<PageOfResults>,
) -> Result<Json<Regraded>, Problem> {
    let job = regrade::job(&app, &id).await?;
    Ok(Json(regrade::shown(&app, job, &page, None).await?))
}

#[utoipa::path(
    post, path = "/api/v1/regrade/{id}/stop", tag = "instructors", operation_id = "stopRegrade",
    security(("token" = [])),
    params(("id" = String, Path, description = "The job")),
    responses(
        (status = 200, description = "Stopped; what is graded so far is not done again if you resume it", body = Regraded),
        (status = 409, description = "It is not running", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_stop(
    State(app): State<App>,
    _: Teaching,
    Path(id): Path<String>,
) -> Result<Json<Regraded>, Problem> {
    let job = regrade::stop(&app, &id).await?;
    Ok(Json(regrade::shown(&app, job, &PageOfResults::default(), None).await?))
}

#[utoipa::path(
    post, path = "/api/v1/regrade/{id}/resume", tag = "instructors", operation_id = "resumeRegrade",
    security(("token" = [])),
    params(("id" = String, Path, description = "The job")),
    responses(
        (status = 202, description = "It goes on from where it was stopped", body = Regraded),
        (status = 409, description = "It is not stopped, or another one is under way", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_resume(
    State(app): State<App>,
    _: Teaching,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Regraded>), Problem> {
    let job = regrade::resume(&app, &id).await?;
    Ok((StatusCode::ACCEPTED, Json(regrade::shown(&app, job, &PageOfResults::default(), None).await?)))
}

#[utoipa::path(
    post, path = "/api/v1/regrade/{id}/publish", tag = "instructors", operation_id = "publishRegrade",
    security(("token" = [])),
    params(("id" = String, Path, description = "The job")),
    request_body = Publishing,
    responses(
        (status = 200, description = "The new grades are kept, just as they were shown, and learners are told", body = Regraded),
        (status = 409, description = "It is not finished, or other grades were published since it began", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_publish(
    State(app): State<App>,
    _: Teaching,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<Publishing>,
) -> Result<Json<Regraded>, Problem> {
    let job = regrade::publish(&app, &id, body.note.as_deref()).await?;
    Ok(Json(regrade::shown(&app, job, &PageOfResults::default(), None).await?))
}
