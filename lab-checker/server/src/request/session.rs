//! Sessions: what a browser's cookie holds instead of a token, one for each role.

use axum::http::HeaderMap;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use crate::{
    app::App,
    clock::Moment,
    problem::Problem,
    request_id::RequestId,
    store::{NewAuditEntry, Secret},
};

/// How long a browser stays signed in.
const SESSION_DAYS: i64 = 180;
/// An instructor's browser, which sees everybody's work.
const INSTRUCTOR_SESSION_DAYS: i64 = 7;

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
pub(crate) async fn sign_in_instructor(app: &App, jar: CookieJar, token: &Secret) -> Result<CookieJar, Problem> {
    let secret = Secret::fresh("session");
    let until = Moment::now().plus_days(INSTRUCTOR_SESSION_DAYS);
    app.store.allow_instructor_session(&secret, token, until).await?;
    let request = RequestId::current().map(|id| id.to_string());
    let signed_in = NewAuditEntry { action: "signed in", object: None, status: None, request: request.as_deref() };
    app.store.audit_of_instructor(token, &signed_in).await?;
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
        .secure(app.addresses.is_secure());
    match role {
        // The store decides when it expires.
        Role::Learner => cookie.permanent().build(),
        // Gone when the browser is closed.
        Role::Instructor => cookie.build(),
    }
}
