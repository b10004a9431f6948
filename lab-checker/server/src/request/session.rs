//! Sessions: what a browser's cookie holds instead of a token, one for each role.

use std::time::Duration;

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
pub(crate) fn learner_cookie(jar: CookieJar, session: &Secret) -> CookieJar {
    jar.add(cookie(Role::Learner, session))
}

/// A cookie for an instructor's browser.
pub(crate) async fn sign_in_instructor(app: &App, jar: CookieJar, token: &Secret) -> Result<CookieJar, Problem> {
    let secret = Secret::fresh("session");
    let until = Moment::now().plus_days(INSTRUCTOR_SESSION_DAYS);
    app.store.allow_instructor_session(&secret, token, until).await?;
    let request = RequestId::current().map(|id| id.to_string());
    let signed_in = NewAuditEntry { action: "signed in", object: None, status: None, request: request.as_deref() };
    app.store.audit_of_instructor(token, &signed_in).await?;
    Ok(jar.add(cookie(Role::Instructor, &secret)))
}

/// Forget a browser's session.
pub(crate) async fn sign_out(app: &App, jar: CookieJar, role: Role) -> Result<CookieJar, Problem> {
    if let Some(cookie) = jar.get(role.cookie()) {
        app.store.forget(&Secret::presented(cookie.value())).await?;
        app.admissions.look().await;
    }
    Ok(jar.remove(Cookie::build(role.cookie()).path("/")))
}

/// Whether it may travel over TLS only, the router says, which knows by which way it leaves.
fn cookie(role: Role, secret: &Secret) -> Cookie<'static> {
    let cookie =
        Cookie::build((role.cookie(), secret.reveal().to_owned())).path("/").http_only(true).same_site(SameSite::Lax);
    match role {
        // As long as the store believes it.
        Role::Learner => {
            let age = Duration::from_secs(SESSION_DAYS.unsigned_abs() * 24 * 60 * 60);
            cookie.max_age(age.try_into().unwrap_or_default()).build()
        }
        // Gone when the browser is closed.
        Role::Instructor => cookie.build(),
    }
}
