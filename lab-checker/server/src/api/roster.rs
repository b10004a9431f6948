//! `/api/v1/roster`: who is in the class; import from a school's list.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    domain::roster::{Imported, RosterRow, import, renewed, rows_of_csv},
    problem::Problem,
    request::Teaching,
    store::Learner,
};

/// A learner of the class.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RosterEntry {
    id: String,
    name: String,
    email: Option<String>,
    student_id: Option<String>,
    /// RFC 3339.
    enrolled_at: String,
}

impl From<Learner> for RosterEntry {
    fn from(learner: Learner) -> Self {
        let Learner { id, name, email, student_id, enrolled_at, .. } = learner;
        Self { id, name, email, student_id, enrolled_at: enrolled_at.to_string() }
    }
}

/// The class.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Roster {
    /// What learners enter to enrol; empty when it was revoked.
    join_code: String,
    learners: Vec<RosterEntry>,
}

#[utoipa::path(
    get, path = "/api/v1/roster", tag = "instructors", operation_id = "roster", security(("token" = [])),
    responses(
        (status = 200, description = "Everybody in the class", body = Roster),
        (status = 403, description = "Not an instructor", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_roster(State(app): State<App>, _: Teaching) -> Result<Json<Roster>, Problem> {
    let learners = app.store.learners().await?.into_iter().map(RosterEntry::from).collect();
    Ok(Json(Roster { join_code: app.join_code().await?, learners }))
}

#[utoipa::path(
    post, path = "/api/v1/roster", tag = "instructors", operation_id = "importRoster", security(("token" = [])),
    request_body(content = Vec<RosterRow>, description = "A list, or the same as `text/csv` with a first line of column names"),
    responses(
        (status = 200, description = "Who was added, changed, left as they were", body = Imported),
        (status = 422, description = "A line is wrong; nothing was imported", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing could be recorded; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_roster(
    State(app): State<App>,
    _: Teaching,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Imported>, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let rows = if kind.starts_with("text/csv") {
        rows_of_csv(&body)?
    } else {
        serde_json::from_slice(&body)
            .map_err(|error| Problem::bad_request(format!("the body is not a list of learners: {error}")))?
    };
    Ok(Json(import(&app, rows).await?))
}

/// A fresh token.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FreshToken {
    token: String,
}

#[utoipa::path(
    post, path = "/api/v1/roster/{learner}/token", tag = "instructors", operation_id = "renewToken",
    security(("token" = [])),
    params(("learner" = String, Path, description = "The learner's id")),
    responses(
        (status = 201, description = "A new token; the old ones and all sessions end", body = FreshToken),
        (status = 404, description = "There is no such learner", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing could be recorded; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_token(
    State(app): State<App>,
    _: Teaching,
    Path(learner): Path<String>,
) -> Result<(StatusCode, Json<FreshToken>), Problem> {
    let token = renewed(&app, &learner).await?.reveal().to_owned();
    Ok((StatusCode::CREATED, Json(FreshToken { token })))
}
