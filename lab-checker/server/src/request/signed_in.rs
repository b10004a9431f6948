//! Who sends a request: a learner or an instructor, by token, by cookie, or because they sit at this machine.
//!
//! A handler that takes [`SignedIn`] or [`Teaching`] runs for them only; there is no other check to forget.

use std::sync::{Arc, OnceLock};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Version, header, request::Parts},
};

use super::{
    caller::Caller,
    session::{Role, session},
};
use crate::{
    app::App,
    problem::Problem,
    store::{Learner, Principal, Secret},
};

/// The request of a learner.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn(pub(crate) Learner);

/// The request of a learner, and the token or session that it is believed for: none where the local learner needs none.
#[derive(Debug, Clone)]
pub(crate) struct SignedInWith(pub(crate) Learner, pub(crate) Option<Secret>);

/// The request of an instructor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Teaching;

/// Where a request that is written down says which instructor sends it, as soon as that is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doer(Arc<OnceLock<Secret>>);

impl Doer {
    /// The token or session of the instructor, when it was one.
    pub(crate) fn instructor(&self) -> Option<&Secret> {
        self.0.get()
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let SignedInWith(learner, _) = SignedInWith::from_request_parts(parts, app).await?;
        Ok(Self(learner))
    }
}

impl FromRequestParts<App> for SignedInWith {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match who(parts, app, Role::Learner).await? {
            Some((Principal::Learner(learner), secret)) => Ok(Self(learner, Some(secret))),
            Some((Principal::Instructor, _)) => {
                Err(Problem::forbidden("an instructor has no labs and quizzes of their own; use a learner's token"))
            }
            None => Ok(Self(local(parts, app)?, None)),
        }
    }
}

impl FromRequestParts<App> for Teaching {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match who(parts, app, Role::Instructor).await? {
            Some((Principal::Instructor, secret)) => {
                remember(parts, secret);
                Ok(Self)
            }
            Some((Principal::Learner(_), _)) => Err(Problem::forbidden("this is for instructors")),
            None => Err(Problem::not_signed_in()),
        }
    }
}

/// The learner at this machine, where there is one. Proxies that tell nobody what they are (nginx, when it is told
/// nothing) speak the oldest HTTP, and browsers have not done so for long.
fn local(parts: &Parts, app: &App) -> Result<Learner, Problem> {
    let learner = app.local_learner.clone().ok_or_else(Problem::not_signed_in)?;
    match parts.version < Version::HTTP_11 {
        true => Err(Problem::forwarded(&app.addresses.here())),
        false => Ok(learner),
    }
}

fn remember(parts: &Parts, secret: Secret) {
    if let Some(Doer(doer)) = parts.extensions.get() {
        doer.get_or_init(|| secret);
    }
}

/// Who the token or the cookie stands for. A token that is sent counts alone: when it is wrong, nobody
/// falls back to a cookie or to the local learner without noticing.
async fn who(parts: &Parts, app: &App, role: Role) -> Result<Option<(Principal, Secret)>, Problem> {
    if parts.headers.contains_key(header::AUTHORIZATION) {
        let secret = bearer(&parts.headers).ok_or_else(Problem::not_signed_in)?;
        return match app.store.who(&secret).await? {
            Some(principal) => Ok(Some((principal, secret))),
            None => Err(wrong_token(parts, app)),
        };
    }
    match session(&parts.headers, role) {
        Some(secret) => Ok(app.store.who(&secret).await?.map(|principal| (principal, secret))),
        None => Ok(None),
    }
}

/// Guessing is hopeless, but it should not be free either.
fn wrong_token(parts: &Parts, app: &App) -> Problem {
    match app.limits.guesses.take(Caller::of(parts).0) {
        Ok(()) => Problem::not_signed_in(),
        Err(too_many) => Problem::not_signed_in().after_as(&too_many),
    }
}

/// The token that a request carries in its header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::presented(token))
}
