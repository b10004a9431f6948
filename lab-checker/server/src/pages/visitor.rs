//! Whose browser asks for a page. Who is not signed in is sent to the page that signs in.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};

use super::frame::error_page;
use crate::{
    app::App,
    problem::Problem,
    request::{SignedIn, Teaching},
    store::Learner,
};

/// The request of a learner's browser; others are sent to the page that signs in.
#[derive(Debug, Clone)]
pub(crate) struct LearnerPage(pub(crate) Learner);

/// The request of an instructor's browser; others are sent to the page that signs in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InstructorPage;

impl FromRequestParts<App> for LearnerPage {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let SignedIn(learner) =
            SignedIn::from_request_parts(parts, app).await.map_err(|problem| sign_in_first(problem, parts, "/join"))?;
        Ok(Self(learner))
    }
}

impl FromRequestParts<App> for InstructorPage {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        Teaching::from_request_parts(parts, app)
            .await
            .map(|_| Self)
            .map_err(|problem| sign_in_first(problem, parts, "/instructor/login"))
    }
}

fn sign_in_first(problem: Problem, parts: &Parts, page: &str) -> Response {
    if problem.status().as_u16() == 401 && !parts.headers.contains_key(header::AUTHORIZATION) {
        return Redirect::to(page).into_response();
    }
    error_page(&problem)
}
