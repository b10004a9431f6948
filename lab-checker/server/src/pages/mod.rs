//! The pages, which work without JavaScript. Every text of a learner is escaped by the templates; what is
//! marked safe there is HTML that the course made from its own Markdown.

mod appeals;
mod arranged;
mod assets;
mod attempt;
mod audit;
mod certificate;
mod class;
#[expect(unreachable_pub, reason = "askama's macro makes its functions public")]
mod filters;
mod first_try;
mod frame;
mod front;
mod instructor;
mod lab;
mod map;
mod me;
mod on_site;
mod quiz;
mod reading;
mod regrade;
mod sign_in;
mod visitor;
mod way_back;

pub(crate) use assets::{all as all_assets, preview_worker};
pub(crate) use frame::{OnSite, problem_for, remember};
pub(crate) use on_site::{not_found_on_site, pages_on_site};

use frame::{Frame, Page, error_page, html};

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, Path, Request, State},
    http::Uri,
    response::Response,
    routing::{get, post},
};

use crate::{
    app::{App, limits},
    problem::Problem,
    request::SignedIn,
};

/// The routes of all pages.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/", get(front::page))
        .route("/book", get(async || axum::response::Redirect::permanent("/book/")))
        .route("/book/", get(book_front))
        .route("/book/{*path}", get(book))
        .route("/assets/{name}", get(assets::asset))
        .route("/assets/{folder}/{name}", get(assets::engine))
        .route("/favicon.ico", get(assets::favicon))
        .route("/labs/{name}", get(lab::page).post(lab::act))
        .route("/quizzes/{name}", get(quiz::page).post(quiz::hand_in))
        .route("/quizzes/{name}/attempts/{id}", get(quiz::result))
        .route("/certificate", get(certificate::page))
        .route("/join", get(sign_in::join_page).post(sign_in::join))
        .route("/login", get(sign_in::login_page).post(sign_in::login))
        .route("/invitation/{token}", get(sign_in::invitation_page).post(sign_in::accept_invitation))
        .route("/me", get(me::page))
        .route("/me/code", post(me::code))
        .route("/me/attempts/{id}", get(me::attempt))
        .route("/logout", post(sign_in::logout))
        .route("/instructor", get(instructor::gradebook_page))
        .route("/instructor/login", get(sign_in::instructor_page).post(sign_in::instructor_login))
        .route("/instructor/logout", post(sign_in::instructor_logout))
        .route("/instructor/gradebook/{form}", get(instructor::gradebook_file))
        .route("/instructor/roster", get(class::page).post(class::import).layer(DefaultBodyLimit::max(limits::ROSTER)))
        .route("/instructor/invitations", post(class::invite))
        .route("/instructor/claims/{id}", post(class::decide))
        .route("/instructor/learners/{id}", get(instructor::learner_page))
        .route("/instructor/learners/{id}/token", post(instructor::new_token))
        .route("/instructor/attempts/{id}", get(attempt::page))
        .route("/instructor/appeals", get(appeals::page))
        .route("/instructor/appeals/csv", get(appeals::csv))
        .route("/instructor/appeals/{id}", post(appeals::answer))
        .route("/instructor/activities/{kind}/{name}", get(instructor::activity_page))
        .route("/instructor/regrade", get(regrade::page).post(regrade::begin))
        .route("/instructor/regrade/{id}/publish", post(regrade::publish))
        .route("/instructor/regrade/{id}/stop", post(regrade::stop))
        .route("/instructor/regrade/{id}/resume", post(regrade::resume))
        .route("/instructor/audit", get(audit::page))
}

/// The answer to a path that leads nowhere.
pub(crate) async fn not_found(uri: Uri) -> Response {
    problem_for(uri.path(), Problem::not_found("nothing is at this address"))
}

async fn book_front(state: State<App>, request: Request) -> Response {
    book(state, Path("index.html".to_owned()), request).await
}

/// The book is for everybody: it holds no answers. Its quizzes name their options for each learner otherwise.
async fn book(State(app): State<App>, Path(path): Path<String>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let learner = match app.book.differs(&path).await {
        true => SignedIn::from_request_parts(&mut parts, &app).await.ok(),
        false => None,
    };
    let learner = learner.as_ref().map(|SignedIn(learner)| learner.id.as_str());
    match app.book.answer(&path, &parts.headers, learner).await {
        Some(response) => response,
        None => error_page(&Problem::not_found("the book has no such page")),
    }
}
