//! `POST /api/v1/learners`: enrol with the class's join code. `POST /api/v1/sign-in`: come as who is enrolled.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{body::JsonBody, usual::UsualForAnybody};
use crate::{
    app::App,
    domain::{
        class,
        enrolment::{Enrolment, enrol},
        sign_in::{given, sign_in},
    },
    problem::Problem,
    request::Caller,
    store::{Learner, Secret},
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
    /// What you should know: that your address stands on the list of the class, and who decides about it.
    notice: Option<String>,
}

impl Enrolled {
    async fn of(app: &App, learner: Learner, token: &Secret) -> Result<Self, Problem> {
        let notice = class::notice(app, &learner).await?;
        Ok(Self { id: learner.id, name: learner.name, token: token.reveal().to_owned(), notice })
    }
}

/// What somebody was given to sign in with.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct SignIn {
    /// Your token, an invitation (its token, or its whole address), or a code from a browser where you are signed in.
    #[serde(default)]
    #[schema(max_length = 2000)]
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
    Ok((StatusCode::CREATED, Json(Enrolled::of(&app, learner, &token).await?)))
}

#[utoipa::path(
    post, path = "/api/v1/sign-in", tag = "anybody", operation_id = "signIn",
    request_body = SignIn,
    responses(
        (status = 201, description = "Signed in; a further token of yours, shown once. A code is used up", body = Enrolled),
        (status = 403, description = "What you were given opens nothing", body = Problem, content_type = "application/problem+json"),
        UsualForAnybody,
    )
)]
pub(crate) async fn post_sign_in(
    State(app): State<App>,
    caller: Caller,
    JsonBody(asked): JsonBody<SignIn>,
) -> Result<(StatusCode, Json<Enrolled>), Problem> {
    let token = Secret::fresh("learner");
    let learner = sign_in(&app, caller.0, &given(&asked.token), &token, None).await?;
    Ok((StatusCode::CREATED, Json(Enrolled::of(&app, learner, &token).await?)))
}
