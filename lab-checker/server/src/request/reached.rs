//! Which address of this server the sender of a request should be given.

use std::convert::Infallible;

use axum::{extract::FromRequestParts, http::request::Parts};

use super::caller::way;
use crate::{app::App, problem::Problem};

/// The addresses of this server as the sender of a request should know them.
#[derive(Debug, Clone)]
pub(crate) struct ReachedAt {
    /// For themselves, or why there is none.
    pub(crate) url: Result<String, Problem>,
    /// To be passed on to others.
    pub(crate) for_others: Option<String>,
}

impl FromRequestParts<App> for ReachedAt {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let (headers, uri, way) = (&parts.headers, &parts.uri, way(&parts.extensions));
        let url = app.addresses.for_caller(headers, uri, &way);
        Ok(Self { url, for_others: app.addresses.for_others(headers, uri, &way) })
    }
}
