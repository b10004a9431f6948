//! `POST /api/v1/learners`: enrol with the class's join code.

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::JsonBody;
use crate::{
    app::App,
    domain::enrolment::{Enrolment, enrol},
    problem::Problem,
    request::Caller,
};

/// An enrolled learner.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Enrolled {
    /// The learner.
    id: String,
    /// What you are called.
    name: String,
    /// Your token. It is shown once.
    token: String,
}

#[utoipa::path(
    post, path = "/api/v1/learners", tag = "anybody", operation_id = "enrol",
    request_body = Enrolment,
    responses(
        (status = 201, description = "Enrolled; keep the token, it is shown once", body = Enrolled),
        (status = 403, description = "Wrong join code", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The address is enrolled already", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many guesses", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing could be recorded; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_learner(
    State(app): State<App>,
    caller: Caller,
    JsonBody(enrolment): JsonBody<Enrolment>,
) -> Result<(StatusCode, Json<Enrolled>), Problem> {
    let (learner, token) = enrol(&app, caller.0, &enrolment, &[]).await?;
    let enrolled = Enrolled { id: learner.id, name: learner.name, token: token.reveal().to_owned() };
    Ok((StatusCode::CREATED, Json(enrolled)))
}
