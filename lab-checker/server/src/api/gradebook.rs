//! `GET /api/v1/gradebook`: learners × activities, as JSON or as CSV.

use axum::{extract::State, response::Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::body::QueryOf;
use crate::{
    app::App,
    domain::{gradebook::Gradebook, gradebook_files},
    problem::Problem,
    request::Teaching,
};

/// In which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GradebookForm {
    /// `json` (the default), `csv` (a row a learner, a column an activity) or `nbgrader` (nbgrader's CSV).
    #[param(pattern = "^(json|csv|nbgrader)$")]
    format: Option<String>,
}

#[utoipa::path(
    get, path = "/api/v1/gradebook", tag = "instructors", operation_id = "gradebook", security(("token" = [])),
    params(GradebookForm),
    responses(
        (status = 200, description = "Everybody's best attempts; as CSV when asked for", content((Gradebook = "application/json"), (String = "text/csv"))),
        (status = 403, description = "Not an instructor", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_gradebook(
    State(app): State<App>,
    _: Teaching,
    QueryOf(form): QueryOf<GradebookForm>,
) -> Result<Response, Problem> {
    gradebook_files::of(&app, form.format.as_deref().unwrap_or("json")).await
}
