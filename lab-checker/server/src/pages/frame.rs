//! What all pages are made with: the frame around each, and problems as pages.

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Response},
};

use course::Course;

use super::filters;
use crate::{
    app::{App, clusters::ClusterFailure},
    problem::Problem,
    request::{SignedIn, Teaching},
    store::{Learner, StoreError},
};

/// What every page shows around its content.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) title: String,
    /// The course's title.
    pub(crate) course: String,
    /// Who is signed in.
    pub(crate) who: Option<String>,
    /// Whether they can sign out.
    pub(crate) may_leave: bool,
    /// Whether this is a page for instructors.
    pub(crate) teaching: bool,
    /// Of a page that no server answers for.
    pub(crate) site: Option<OnSite>,
}

/// What a page says of the static site that it is part of.
#[derive(Debug, Clone)]
pub(crate) struct OnSite {
    /// What the course is worth.
    pub(crate) max_points: f64,
    /// What is typed to run the program, one command a line.
    pub(crate) commands: String,
}

impl Frame {
    pub(crate) fn open(app: &App, title: &str) -> Self {
        Self::of(&app.course, title)
    }

    /// A page of the static site, for whoever opens it.
    pub(crate) fn on_site(course: &Course, title: &str, site: &OnSite) -> Self {
        Self { site: Some(site.clone()), ..Self::of(course, title) }
    }

    fn of(course: &Course, title: &str) -> Self {
        Self {
            title: title.to_owned(),
            course: course.title.clone(),
            who: None,
            may_leave: false,
            teaching: false,
            site: None,
        }
    }

    pub(crate) fn for_learner(app: &App, title: &str, learner: &Learner) -> Self {
        let is_local = app.local_learner.as_ref().is_some_and(|local| local.id == learner.id);
        Self { who: Some(learner.name.clone()), may_leave: !is_local, ..Self::open(app, title) }
    }

    pub(crate) fn for_instructor(app: &App, title: &str) -> Self {
        Self { who: Some("Instructor".to_owned()), may_leave: true, teaching: true, ..Self::open(app, title) }
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    frame: Frame,
    problem: &'a Problem,
}

/// A template as an answer.
pub(crate) fn html(template: &impl Template) -> Response {
    match template.render() {
        Ok(page) => Html(page).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A problem as a page, which [`remember`] completes with who is signed in.
pub(crate) fn error_page(problem: &Problem) -> Response {
    let frame = Frame {
        title: problem.title().to_owned(),
        course: "Default Deny".to_owned(),
        who: None,
        may_leave: false,
        teaching: false,
        site: None,
    };
    let mut page = (problem.status(), html(&ProblemPage { frame, problem })).into_response();
    if let Some(seconds) = problem.retry_after() {
        page.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    page.extensions_mut().insert(ShownProblem(problem.clone()));
    page
}

/// The problem that a page shows.
#[derive(Debug, Clone)]
struct ShownProblem(Problem);

/// Whoever is signed in stays so on a page that says what is wrong.
pub(crate) async fn remember(app: &App, mut asked: Parts, response: Response) -> Response {
    let shown = response.extensions().get::<ShownProblem>().cloned();
    let Some(ShownProblem(problem)) = shown.or_else(|| unread(&asked, &response)) else { return response };
    let is_teaching = asked.uri.path().starts_with("/instructor");
    let frame = if is_teaching && Teaching::from_request_parts(&mut asked, app).await.is_ok() {
        Frame::for_instructor(app, problem.title())
    } else if let Ok(SignedIn(learner)) = SignedIn::from_request_parts(&mut asked, app).await {
        Frame::for_learner(app, problem.title(), &learner)
    } else {
        Frame::open(app, problem.title())
    };
    let (mut old, _) = response.into_parts();
    let page = html(&ProblemPage { frame, problem: &problem });
    old.headers.remove(header::CONTENT_LENGTH);
    old.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Response::from_parts(old, page.into_body())
}

/// What is wrong with a request that no page has seen: its path cannot be read, or the page does not take it so.
fn unread(asked: &Parts, response: &Response) -> Option<ShownProblem> {
    let is_page = !["/api/", "/assets/", "/metrics", "/healthz", "/readyz"]
        .iter()
        .any(|other| asked.uri.path().starts_with(other));
    let status = response.status();
    let is_html =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let words = match status {
        StatusCode::METHOD_NOT_ALLOWED => "nothing can be sent to this address",
        _ => "the address or the form is not one that a page of this site has written",
    };
    let problem = Problem::new(status, "bad-request", "The request cannot be understood", words);
    (is_page && status.is_client_error() && !is_html).then_some(ShownProblem(problem))
}

/// A problem as whoever asked for this path reads it.
pub(crate) fn problem_for(path: &str, problem: Problem) -> Response {
    if path.starts_with("/api/") { problem.into_response() } else { error_page(&problem) }
}

/// Errors of pages, as pages.
#[derive(Debug)]
pub(crate) struct PageError(Problem);

impl From<Problem> for PageError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        Self(error.into())
    }
}

impl From<ClusterFailure> for PageError {
    fn from(failure: ClusterFailure) -> Self {
        Self(failure.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        error_page(&self.0)
    }
}

pub(crate) type Page = Result<Response, PageError>;
