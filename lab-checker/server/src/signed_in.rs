//! Who sends a request: a learner or an instructor, by token, by cookie, or because they sit at this machine.
//!
//! A handler that takes [`SignedIn`] or [`Teaching`] runs for them only; there is no other check to forget.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use crate::{
    app::App,
    clock::Moment,
    problem::Problem,
    store::{Learner, Principal, Secret},
};

/// How long a browser stays signed in.
const SESSION_DAYS: i64 = 180;
/// An instructor's browser, which sees everybody's work.
const INSTRUCTOR_SESSION_DAYS: i64 = 7;

/// The request of a learner.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn(pub(crate) Learner);

/// The request of an instructor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Teaching;

/// The request of a learner's browser; others are sent to the page that signs in.
#[derive(Debug, Clone)]
pub(crate) struct LearnerPage(pub(crate) Learner);

/// The request of an instructor's browser; others are sent to the page that signs in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InstructorPage;

/// The cookies of the two roles: somebody may be both.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    Learner,
    Instructor,
}

impl Role {
    const fn cookie(self) -> &'static str {
        match self {
            Self::Learner => "lab_checker_learner",
            Self::Instructor => "lab_checker_instructor",
        }
    }
}

/// The address a request comes from; unknown in tests, which have no socket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller(pub(crate) IpAddr);

impl Caller {
    fn of(parts: &Parts) -> Self {
        let socket = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Self(socket.map_or(IpAddr::from([127, 0, 0, 1]), |info| info.0.ip()))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match who(parts, app, Role::Learner).await? {
            Some(Principal::Learner(learner)) => Ok(Self(learner)),
            Some(Principal::Instructor) => {
                Err(Problem::forbidden("an instructor has no labs and quizzes of their own; use a learner's token"))
            }
            None => app.local_learner.clone().map(Self).ok_or_else(Problem::not_signed_in),
        }
    }
}

impl FromRequestParts<App> for Teaching {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match who(parts, app, Role::Instructor).await? {
            Some(Principal::Instructor) => Ok(Self),
            Some(Principal::Learner(_)) => Err(Problem::forbidden("this is for instructors")),
            None => Err(Problem::not_signed_in()),
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
    if problem.status().as_u16() == 401 && !parts.headers.contains_key(header::AUTHORIZATION) {
        return Redirect::to(page).into_response();
    }
    crate::pages::error_page(&problem)
}

/// Who the token or the cookie stands for. A token that is sent counts alone: when it is wrong, nobody
/// falls back to a cookie or to the local learner without noticing.
async fn who(parts: &Parts, app: &App, role: Role) -> Result<Option<Principal>, Problem> {
    if parts.headers.contains_key(header::AUTHORIZATION) {
        let secret = bearer(&parts.headers).ok_or_else(Problem::not_signed_in)?;
        return match app.store.who(&secret).await? {
            Some(principal) => Ok(Some(principal)),
            None => Err(wrong_token(parts, app)),
        };
    }
    match session(&parts.headers, role) {
        Some(secret) => Ok(app.store.who(&secret).await?),
        None => Ok(None),
    }
}

/// Guessing is hopeless, but it should not be free either.
fn wrong_token(parts: &Parts, app: &App) -> Problem {
    app.limits.guesses.take(Caller::of(parts).0).err().unwrap_or_else(Problem::not_signed_in)
}

fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::presented(token))
}

/// The session that a browser's cookie holds.
pub(crate) fn session(headers: &HeaderMap, role: Role) -> Option<Secret> {
    CookieJar::from_headers(headers).get(role.cookie()).map(|cookie| Secret::presented(cookie.value()))
}

/// A session for a learner's browser, not yet stored, and its end.
pub(crate) fn learner_session() -> (Secret, Option<Moment>) {
    (Secret::fresh("session"), Some(Moment::now().plus_days(SESSION_DAYS)))
}

/// The cookie that holds a learner's session.
pub(crate) fn learner_cookie(app: &App, jar: CookieJar, session: &Secret) -> CookieJar {
    jar.add(cookie(app, Role::Learner, session))
}

/// A cookie for a learner's browser, with a session of its own: the learner's token stays with the learner.
pub(crate) async fn sign_in_learner(app: &App, jar: CookieJar, learner: &str) -> Result<CookieJar, Problem> {
    let (session, until) = learner_session();
    app.store.allow_learner(&session, learner, until).await?;
    Ok(learner_cookie(app, jar, &session))
}

/// A cookie for an instructor's browser.
pub(crate) async fn sign_in_instructor(app: &App, jar: CookieJar) -> Result<CookieJar, Problem> {
    let secret = Secret::fresh("session");
    app.store.allow_instructor(&secret, Some(Moment::now().plus_days(INSTRUCTOR_SESSION_DAYS))).await?;
    Ok(jar.add(cookie(app, Role::Instructor, &secret)))
}

/// Forget a browser's session.
pub(crate) async fn sign_out(app: &App, jar: CookieJar, role: Role) -> Result<CookieJar, Problem> {
    if let Some(cookie) = jar.get(role.cookie()) {
        app.store.forget(&Secret::presented(cookie.value())).await?;
    }
    Ok(jar.remove(Cookie::build(role.cookie()).path("/")))
}

fn cookie(app: &App, role: Role, secret: &Secret) -> Cookie<'static> {
    let cookie = Cookie::build((role.cookie(), secret.reveal().to_owned()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.site.is_secure());
    match role {
        // The store decides when it expires.
        Role::Learner => cookie.permanent().build(),
        // Gone when the browser is closed.
        Role::Instructor => cookie.build(),
    }
}
