//! Signing in and out: learners with a join code or a token, instructors with their token.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::cookie::CookieJar;
use serde::Deserialize;

use super::{
    Frame, Page, filters, html,
    reading::{FormOf, Nothing, PageQuery},
    visitor::AnybodysPage,
    way_back,
};
use crate::{
    app::App,
    domain::{
        class,
        enrolment::{Enrolment, enrol},
        sign_in::{given, refused as refused_token, sign_in},
    },
    problem::Problem,
    request::{Caller, ReachedAt, Role, learner_cookie, learner_session, sign_in_instructor, sign_out},
    store::{Learner, Principal, Secret},
};

#[derive(Template)]
#[template(path = "join.html")]
struct JoinPage {
    frame: Frame,
    name: String,
    email: String,
    wrong: Option<String>,
    /// Whom this browser is signed in as.
    already: Option<String>,
    /// Where to go on afterwards.
    next: String,
}

#[derive(Template)]
#[template(path = "joined.html")]
struct JoinedPage {
    frame: Frame,
    token: String,
    /// What they should know about who they are here.
    notice: Option<String>,
    /// Where the command line finds this server, when that is known.
    url: Option<String>,
    /// What the command line needs beside the address and the code.
    to_join: String,
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

pub(super) async fn join_page(
    State(app): State<App>,
    AnybodysPage(learner): AnybodysPage,
    PageQuery(wanted): PageQuery<Wanted>,
) -> Response {
    let frame = learner
        .as_ref()
        .map_or_else(|| Frame::open(&app, "Join the course"), |who| Frame::for_learner(&app, "Join the course", who));
    let already = learner.map(|learner| learner.name);
    html(&JoinPage { frame, name: String::new(), email: String::new(), wrong: None, already, next: wanted.path() })
}

pub(super) async fn join(
    State(app): State<App>,
    caller: Caller,
    reached: ReachedAt,
    jar: CookieJar,
    FormOf(JoinForm { enrolment, next }): FormOf<JoinForm>,
) -> Page {
    let next = way_back::checked(&next).to_owned();
    let session = learner_session();
    match enrol(&app, caller.0, &enrolment, std::slice::from_ref(&session)).await {
        Ok((learner, token)) => {
            let page = JoinedPage {
                frame: Frame::for_learner(&app, "Welcome", &learner),
                notice: class::notice(&app, &learner).await?,
                token: token.reveal().to_owned(),
                url: reached.url.ok(),
                to_join: app.addresses.to_join(),
                next,
            };
            Ok((learner_cookie(jar, &session.0), html(&page)).into_response())
        }
        Err(problem) => {
            let page = JoinPage {
                frame: Frame::open(&app, "Join the course"),
                name: enrolment.name,
                email: enrolment.email.unwrap_or_default(),
                wrong: Some(problem.detail().to_owned()),
                already: None,
                next,
            };
            Ok((problem.status(), html(&page)).into_response())
        }
    }
}

pub(super) async fn login_page(State(app): State<App>, PageQuery(wanted): PageQuery<Wanted>) -> Response {
    html(&LoginPage { frame: Frame::open(&app, "Sign in"), instructor: false, wrong: None, next: wanted.path() })
}

pub(super) async fn login(
    State(app): State<App>,
    caller: Caller,
    jar: CookieJar,
    FormOf(form): FormOf<TokenForm>,
) -> Page {
    let (session, until) = learner_session();
    match sign_in(&app, caller.0, &given(&form.token), &session, until).await {
        Ok(_) => {
            let to = Redirect::to(way_back::checked(&form.next));
            Ok((learner_cookie(jar, &session), to).into_response())
        }
        Err(problem) if problem.status().is_client_error() => Ok(refused(&app, &problem, false, &form.next)),
        Err(problem) => Err(problem.into()),
    }
}

pub(super) async fn instructor_page(State(app): State<App>, PageQuery(wanted): PageQuery<Wanted>) -> Response {
    html(&LoginPage { frame: Frame::open(&app, "Instructors"), instructor: true, wrong: None, next: wanted.path() })
}

pub(super) async fn instructor_login(
    State(app): State<App>,
    caller: Caller,
    jar: CookieJar,
    FormOf(form): FormOf<TokenForm>,
) -> Page {
    let token = Secret::presented(&form.token);
    match app.store.who(&token).await? {
        Some(Principal::Instructor) => {
            let jar = sign_in_instructor(&app, jar, &token).await?;
            let next = Some(way_back::checked(&form.next)).filter(|next| *next != "/");
            Ok((jar, Redirect::to(next.unwrap_or("/instructor"))).into_response())
        }
        _ => Ok(refused(&app, &refused_token(&app, caller.0), true, &form.next)),
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

fn refused(app: &App, problem: &Problem, instructor: bool, next: &str) -> Response {
    let (frame, next) = (Frame::open(app, "Sign in"), way_back::checked(next).to_owned());
    let page = LoginPage { frame, instructor, wrong: Some(problem.detail().to_owned()), next };
    (problem.status(), html(&page)).into_response()
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage {
    frame: Frame,
    name: String,
    token: String,
    /// Where the command line finds this server, when that is known.
    url: Option<String>,
    /// Whom this browser is signed in as, when that is somebody else.
    other: Option<String>,
    /// Whether that is somebody who joined with the address of the invitation.
    is_same: bool,
}

/// An invitation is looked at before it is used: programs that look at the links of a letter use none.
pub(super) async fn invitation_page(
    State(app): State<App>,
    caller: Caller,
    reached: ReachedAt,
    AnybodysPage(here): AnybodysPage,
    Path(token): Path<String>,
    _: PageQuery<Nothing>,
) -> Page {
    let Some(Principal::Learner(learner)) = app.store.who(&Secret::presented(&token)).await? else {
        return Err(old_invitation(&app, caller).into());
    };
    let here = here.filter(|here| here.id != learner.id);
    Ok(html(&InvitationPage {
        frame: Frame::open(&app, "Your invitation"),
        is_same: here.as_ref().is_some_and(|here| is_claim(here, &learner)),
        other: here.map(|here| here.name),
        name: learner.name,
        token,
        url: reached.url.ok(),
    }))
}

/// Somebody who shows an invitation, in a browser that joined with the same address, has shown that they are both.
pub(super) async fn accept_invitation(
    State(app): State<App>,
    caller: Caller,
    jar: CookieJar,
    AnybodysPage(here): AnybodysPage,
    Path(token): Path<String>,
) -> Page {
    let (session, until) = learner_session();
    let signed_in = sign_in(&app, caller.0, &Secret::presented(&token), &session, until).await;
    let learner = signed_in.map_err(|problem| match problem.status() {
        StatusCode::FORBIDDEN => old_invitation(&app, caller),
        _ => problem,
    })?;
    if let Some(here) = here.filter(|here| is_claim(here, &learner)) {
        class::decided(&app, &here.id, class::Decision::Merge).await?;
    }
    Ok((learner_cookie(jar, &session), Redirect::to("/")).into_response())
}

fn is_claim(here: &Learner, entry: &Learner) -> bool {
    !here.is_listed && entry.is_listed && here.email.is_some() && here.email == entry.email
}

fn old_invitation(app: &App, caller: Caller) -> Problem {
    match refused_token(app, caller.0) {
        problem if problem.status() == StatusCode::FORBIDDEN => {
            Problem::forbidden("this invitation is not good, or not any more; ask your instructor for a new one")
        }
        problem => problem,
    }
}
