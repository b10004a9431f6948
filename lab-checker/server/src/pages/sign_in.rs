//! Signing in and out: learners with a join code or a token, instructors with their token.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::{Frame, Page, html, way_back};
use crate::{
    app::App,
    domain::enrolment::{Enrolment, enrol},
    problem::Problem,
    request::{
        Caller, ReachedAt, Role, learner_cookie, learner_session, sign_in_instructor, sign_in_learner, sign_out,
    },
    store::{Principal, Secret},
};

#[derive(Template)]
#[template(path = "join.html")]
struct JoinPage {
    frame: Frame,
    name: String,
    email: String,
    wrong: Option<String>,
    /// Where to go on afterwards.
    next: String,
}

#[derive(Template)]
#[template(path = "joined.html")]
struct JoinedPage {
    frame: Frame,
    token: String,
    /// Where the command line finds this server, when that is known.
    url: Option<String>,
    /// Where to go on.
    next: String,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    frame: Frame,
    instructor: bool,
    wrong: Option<String>,
    /// Where to go on afterwards.
    next: String,
}

/// A token in a form.
#[derive(Deserialize)]
pub(super) struct TokenForm {
    token: String,
    #[serde(default)]
    next: String,
}

/// Who joins, in a form.
#[derive(Deserialize)]
pub(super) struct JoinForm {
    #[serde(flatten)]
    enrolment: Enrolment,
    #[serde(default)]
    next: String,
}

/// The page that somebody wanted.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    next: String,
}

impl Wanted {
    fn path(&self) -> String {
        way_back::checked(&self.next).to_owned()
    }
}

pub(super) async fn join_page(State(app): State<App>, Query(wanted): Query<Wanted>) -> Response {
    let frame = Frame::open(&app, "Join the course");
    html(&JoinPage { frame, name: String::new(), email: String::new(), wrong: None, next: wanted.path() })
}

pub(super) async fn join(
    State(app): State<App>,
    caller: Caller,
    reached: ReachedAt,
    jar: CookieJar,
    Form(JoinForm { enrolment, next }): Form<JoinForm>,
) -> Page {
    let next = way_back::checked(&next).to_owned();
    let session = learner_session();
    match enrol(&app, caller.0, &enrolment, std::slice::from_ref(&session)).await {
        Ok((learner, token)) => {
            let page = JoinedPage {
                frame: Frame::for_learner(&app, "Welcome", &learner),
                token: token.reveal().to_owned(),
                url: reached.url.ok(),
                next,
            };
            Ok((learner_cookie(&app, jar, &session.0), html(&page)).into_response())
        }
        Err(problem) => {
            let page = JoinPage {
                frame: Frame::open(&app, "Join the course"),
                name: enrolment.name,
                email: enrolment.email.unwrap_or_default(),
                wrong: Some(problem.detail().to_owned()),
                next,
            };
            Ok((problem.status(), html(&page)).into_response())
        }
    }
}

pub(super) async fn login_page(State(app): State<App>, Query(wanted): Query<Wanted>) -> Response {
    html(&LoginPage { frame: Frame::open(&app, "Sign in"), instructor: false, wrong: None, next: wanted.path() })
}

pub(super) async fn login(State(app): State<App>, caller: Caller, jar: CookieJar, Form(form): Form<TokenForm>) -> Page {
    match app.store.who(&Secret::presented(&form.token)).await? {
        Some(Principal::Learner(learner)) => {
            let jar = sign_in_learner(&app, jar, &learner.id).await?;
            Ok((jar, Redirect::to(way_back::checked(&form.next))).into_response())
        }
        _ => Ok(refused(&app, caller, false, &form.next)),
    }
}

pub(super) async fn instructor_page(State(app): State<App>, Query(wanted): Query<Wanted>) -> Response {
    html(&LoginPage { frame: Frame::open(&app, "Instructors"), instructor: true, wrong: None, next: wanted.path() })
}

pub(super) async fn instructor_login(
    State(app): State<App>,
    caller: Caller,
    jar: CookieJar,
    Form(form): Form<TokenForm>,
) -> Page {
    let token = Secret::presented(&form.token);
    match app.store.who(&token).await? {
        Some(Principal::Instructor) => {
            let jar = sign_in_instructor(&app, jar, &token).await?;
            let next = Some(way_back::checked(&form.next)).filter(|next| *next != "/");
            Ok((jar, Redirect::to(next.unwrap_or("/instructor"))).into_response())
        }
        _ => Ok(refused(&app, caller, true, &form.next)),
    }
}

pub(super) async fn logout(State(app): State<App>, jar: CookieJar) -> Page {
    let jar = sign_out(&app, jar, Role::Learner).await?;
    Ok((jar, Redirect::to("/")).into_response())
}

pub(super) async fn instructor_logout(State(app): State<App>, jar: CookieJar) -> Page {
    let jar = sign_out(&app, jar, Role::Instructor).await?;
    Ok((jar, Redirect::to("/instructor/login")).into_response())
}

fn refused(app: &App, caller: Caller, instructor: bool, next: &str) -> Response {
    let problem = app.limits.guesses.take(caller.0).err();
    let problem = problem.unwrap_or_else(|| Problem::forbidden("this token opens nothing here"));
    let (frame, next) = (Frame::open(app, "Sign in"), way_back::checked(next).to_owned());
    let page = LoginPage { frame, instructor, wrong: Some(problem.detail().to_owned()), next };
    (problem.status(), html(&page)).into_response()
}
