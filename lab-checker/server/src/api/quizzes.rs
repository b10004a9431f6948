//! `/api/v1/quizzes/{id}`: the questions, and attempts at them.

use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use course::{Answers, PublicQuiz};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{attempts::graded, body::JsonBody};
use crate::{
    app::App,
    domain::{hand_in, questions},
    problem::Problem,
    request::SignedIn,
};

#[utoipa::path(
    get, path = "/api/v1/quizzes/{id}", tag = "learners", operation_id = "quiz", security(("token" = [])),
    params(("id" = String, Path, description = "The quiz's name")),
    responses(
        (status = 200, description = "The questions, their options shuffled for you and under ids that are yours alone, without answers", body = Object),
        (status = 404, description = "Unknown quiz", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_quiz(
    State(app): State<App>,
    SignedIn(learner): SignedIn,
    Path(name): Path<String>,
) -> Result<Json<PublicQuiz>, Problem> {
    questions::shown(&app, &learner, &name).map(Json)
}

/// Answers to a quiz.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct QuizHandIn {
    /// By question id: an option's id, as you were given it, or a list of them, text, or a map from flow ids to `allowed` or `blocked`.
    #[serde(default)]
    #[schema(value_type = Object, required = true)]
    answers: Answers,
}

#[utoipa::path(
    post, path = "/api/v1/quizzes/{id}/attempts", tag = "learners", operation_id = "attemptQuiz",
    security(("token" = [])),
    params(("id" = String, Path, description = "The quiz's name")),
    request_body = QuizHandIn,
    responses(
        (status = 201, description = "Graded and kept: every question with its result, and with its explanation when it was answered", body = Object),
        (status = 404, description = "Unknown quiz", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Nothing is answered, nothing in the form of an answer, or something that is no question; nothing was kept", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing could be recorded; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_attempt(
    State(app): State<App>,
    SignedIn(learner): SignedIn,
    Path(name): Path<String>,
    JsonBody(body): JsonBody<QuizHandIn>,
) -> Result<Response, Problem> {
    let attempt = hand_in::quiz(&app, &learner, &name, body.answers, None).await?;
    graded(&app, &attempt).await
}

#[utoipa::path(
    post, path = "/api/v1/quizzes/{id}/feedback", tag = "learners", operation_id = "quizFeedback",
    security(("token" = [])),
    params(("id" = String, Path, description = "The quiz's name")),
    request_body = QuizHandIn,
    responses(
        (status = 200, description = "The result of the one question that is answered; nothing is kept, and no points are given", body = Object),
        (status = 404, description = "Unknown quiz", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not one question is answered, or several, or something that is no question", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many in a short time", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_feedback(
    State(app): State<App>,
    SignedIn(learner): SignedIn,
    Path(name): Path<String>,
    JsonBody(body): JsonBody<QuizHandIn>,
) -> Result<Json<Value>, Problem> {
    hand_in::feedback(&app, &learner, &name, body.answers).map(Json)
}
