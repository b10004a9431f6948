//! The pages, which work without JavaScript. Every text of a learner is escaped by the templates; what is
//! marked safe there is HTML that the course made from its own Markdown.

mod assets;
mod attempt;
#[expect(unreachable_pub, reason = "askama's macro makes its functions public")]
mod filters;
mod front;
mod instructor;
mod lab;
mod matrix;
mod quiz;
mod sign_in;

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};

use crate::{app::App, problem::Problem};

/// The routes of all pages.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/", get(front::page))
        .route("/book", get(async || axum::response::Redirect::permanent("/book/")))
        .route("/book/", get(book_front))
        .route("/book/{*path}", get(book))
        .route("/assets/{name}", get(assets::asset))
        .route("/favicon.ico", get(assets::favicon))
        .route("/labs/{name}", get(lab::page).post(lab::act))
        .route("/quizzes/{name}", get(quiz::page).post(quiz::hand_in))
        .route("/quizzes/{name}/attempts/{id}", get(quiz::result))
        .route("/join", get(sign_in::join_page).post(sign_in::join))
        .route("/login", get(sign_in::login_page).post(sign_in::login))
        .route("/logout", post(sign_in::logout))
        .route("/instructor", get(instructor::gradebook_page))
        .route("/instructor/login", get(sign_in::instructor_page).post(sign_in::instructor_login))
        .route("/instructor/logout", post(sign_in::instructor_logout))
        .route("/instructor/gradebook/{form}", get(instructor::gradebook_file))
        .route("/instructor/roster", get(instructor::roster_page).post(instructor::import))
        .route("/instructor/learners/{id}", get(instructor::learner_page))
        .route("/instructor/learners/{id}/token", post(instructor::new_token))
        .route("/instructor/attempts/{id}", get(attempt::page))
        .route("/instructor/activities/{kind}/{name}", get(instructor::activity_page))
        .route("/instructor/regrade", get(instructor::regrade_page).post(instructor::regrade))
}

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
}

impl Frame {
    pub(crate) fn open(app: &App, title: &str) -> Self {
        Self { title: title.to_owned(), course: app.course.title.clone(), who: None, may_leave: false, teaching: false }
    }

    pub(crate) fn for_learner(app: &App, title: &str, learner: &crate::store::Learner) -> Self {
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

/// A problem as a page.
pub(crate) fn error_page(problem: &Problem) -> Response {
    let frame = Frame {
        title: problem.title().to_owned(),
        course: "Default Deny".to_owned(),
        who: None,
        may_leave: false,
        teaching: false,
    };
    (problem.status(), html(&ProblemPage { frame, problem })).into_response()
}

/// A problem as whoever asked for this path reads it.
pub(crate) fn problem_for(path: &str, problem: Problem) -> Response {
    if path.starts_with("/api/") { problem.into_response() } else { error_page(&problem) }
}

/// The answer to a path that leads nowhere.
pub(crate) async fn not_found(uri: Uri) -> Response {
    problem_for(uri.path(), Problem::not_found("nothing is at this address"))
}

async fn book_front(State(app): State<App>, headers: HeaderMap) -> Response {
    book(State(app), Path("index.html".to_owned()), headers).await
}

/// The book is for everybody: it holds no answers.
async fn book(State(app): State<App>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    match app.book.answer(&path, &headers).await {
        Some(response) => response,
        None => error_page(&Problem::not_found("the book has no such page")),
    }
}

/// Errors of pages, as pages.
#[derive(Debug)]
pub(crate) struct PageError(Problem);

impl From<Problem> for PageError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<crate::store::StoreError> for PageError {
    fn from(error: crate::store::StoreError) -> Self {
        Self(error.into())
    }
}

impl From<crate::clusters::ClusterFailure> for PageError {
    fn from(failure: crate::clusters::ClusterFailure) -> Self {
        Self(failure.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        error_page(&self.0)
    }
}

pub(crate) type Page = Result<Response, PageError>;
