//! `…/appeals`: "my answer is right", from learners to instructors and back.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    body::{JsonBody, QueryOf},
    in_lab::InLab,
};
use crate::{
    app::App,
    domain::{
        appeals::{self, AppealAnswer, AppealRequest, AppealRow, AppealView},
        gradebook_files::file,
    },
    problem::Problem,
    request::Teaching,
    store::AppealFilter,
};

/// How many appeals one page holds.
const PAGE: u32 = 200;

#[utoipa::path(
    post, path = "/api/v1/labs/{id}/appeals", tag = "learners", operation_id = "appeal", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    request_body = AppealRequest,
    responses(
        (status = 201, description = "Your instructor sees it, with the flow that failed first", body = AppealView),
        (status = 404, description = "Unknown lab, or no attempt of yours", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The attempt has passed, is reported already, or too many reports are open", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The message is too long", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing could be recorded; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_appeal(
    InLab { app, learner, name }: InLab,
    JsonBody(body): JsonBody<AppealRequest>,
) -> Result<(StatusCode, Json<AppealView>), Problem> {
    Ok((StatusCode::CREATED, Json(appeals::made(&app, &learner, &name, &body).await?)))
}

/// Which appeals, and in which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AppealQuery {
    /// `open`, `answered` or `all` (the default).
    #[param(pattern = "^(open|answered|all)$")]
    state: Option<String>,
    /// Of this learner only.
    learner: Option<String>,
    /// Older than this appeal: the last one of the page before.
    before: Option<String>,
    /// `json` (the default, in pages) or `csv` (everything).
    #[param(pattern = "^(json|csv)$")]
    format: Option<String>,
}

/// A page of appeals, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppealPage {
    appeals: Vec<AppealRow>,
    /// How many of all wait for an answer.
    open: i64,
    /// What to give as `before` for the next page; nothing when this is the last.
    next: Option<String>,
}

#[utoipa::path(
    get, path = "/api/v1/appeals", tag = "instructors", operation_id = "appeals", security(("token" = [])),
    params(AppealQuery),
    responses(
        (status = 200, description = "What learners say about checks that failed, newest first; as CSV when asked for", content((AppealPage = "application/json"), (String = "text/csv"))),
        (status = 403, description = "Not an instructor", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_appeals(
    State(app): State<App>,
    _: Teaching,
    QueryOf(query): QueryOf<AppealQuery>,
) -> Result<Response, Problem> {
    let answered = appeals::state_named(query.state.as_deref().unwrap_or("all"))?;
    let filter = AppealFilter { learner: query.learner, answered, before: query.before, ..AppealFilter::default() };
    match query.format.as_deref().unwrap_or("json") {
        "json" => {
            let appeals = appeals::listed(&app, &filter, PAGE).await?;
            let is_full = appeals.len() == PAGE as usize;
            let next = appeals.last().filter(|_| is_full).map(|row| row.appeal.id.clone());
            Ok(Json(AppealPage { open: app.store.open_appeals().await?, appeals, next }).into_response())
        }
        "csv" => Ok(file("appeals.csv", appeals::as_csv(&app, filter).await?)),
        other => Err(Problem::invalid(format!("format {other:?} is not json or csv"))),
    }
}

#[utoipa::path(
    post, path = "/api/v1/appeals/{id}/answer", tag = "instructors", operation_id = "answerAppeal",
    security(("token" = [])),
    params(("id" = String, Path, description = "The appeal")),
    request_body = AppealAnswer,
    responses(
        (status = 200, description = "The learner sees the answer; a second one takes the place of the first", body = AppealView),
        (status = 403, description = "Not an instructor", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is none", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The answer is empty or too long", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing could be recorded; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_answer(
    State(app): State<App>,
    _: Teaching,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<AppealAnswer>,
) -> Result<Json<AppealView>, Problem> {
    Ok(Json(appeals::answered(&app, &id, &body).await?))
}
