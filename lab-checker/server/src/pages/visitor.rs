//! Whose browser asks for a page. Who is not signed in is sent to the page that signs in, and comes back from there.

use axum::{
    extract::FromRequestParts,
    http::{Method, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};

use super::{frame::error_page, way_back};
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

/// The request of anybody's browser: of a learner, or of somebody who is not signed in.
#[derive(Debug, Clone)]
pub(crate) struct AnybodysPage(pub(crate) Option<Learner>);

impl FromRequestParts<App> for AnybodysPage {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        match SignedIn::from_request_parts(parts, app).await {
            Ok(SignedIn(learner)) => Ok(Self(Some(learner))),
            Err(problem) if is_nobody(&problem, parts) => Ok(Self(None)),
            Err(problem) => Err(error_page(&problem)),
        }
    }
}

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
    if !is_nobody(&problem, parts) {
        return error_page(&problem);
    }
    // A form that somebody was too late to send is not sent again.
    let wanted = parts.uri.path_and_query().filter(|_| parts.method == Method::GET);
    Redirect::to(&way_back::through(page, wanted.map_or("/", |wanted| wanted.as_str()))).into_response()
}

/// Whether nobody has signed in, and no token was sent.
fn is_nobody(problem: &Problem, parts: &Parts) -> bool {
    problem.status().as_u16() == 401 && !parts.headers.contains_key(header::AUTHORIZATION)
}
