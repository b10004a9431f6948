//! What most requests of a learner have in common: they are about a lab of the course.

use axum::{
    extract::{FromRequestParts, Path, rejection::PathRejection},
    http::request::Parts,
};

use crate::{app::App, problem::Problem, request::SignedIn, store::Learner};

/// The request of a learner about the lab that its path names.
pub(crate) struct InLab {
    pub(super) app: App,
    pub(super) learner: Learner,
    /// The name of a lab that there is.
    pub(super) name: String,
}

impl FromRequestParts<App> for InLab {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let SignedIn(learner) = SignedIn::from_request_parts(parts, app).await?;
        let name: Result<Path<String>, PathRejection> = Path::from_request_parts(parts, app).await;
        let Path(name) = name.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
        app.lab(&name)?;
        Ok(Self { app: app.clone(), learner, name })
    }
}
