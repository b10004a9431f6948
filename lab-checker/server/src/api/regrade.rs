//! `POST /api/v1/regrade`: what the course says today about old attempts; first to look at, then to keep.

use axum::{Json, extract::State};

use super::body::JsonBody;
use crate::{
    app::App,
    domain::regrade::{RegradeRequest, Regraded, regraded},
    problem::Problem,
    request::Teaching,
};

#[utoipa::path(
    post, path = "/api/v1/regrade", tag = "instructors", operation_id = "regrade", security(("token" = [])),
    request_body = RegradeRequest,
    responses(
        (status = 200, description = "What changes, or has changed with `commit`", body = Regraded),
        (status = 403, description = "Not an instructor", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing could be recorded; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_regrade(
    State(app): State<App>,
    _: Teaching,
    JsonBody(request): JsonBody<RegradeRequest>,
) -> Result<Json<Regraded>, Problem> {
    Ok(Json(regraded(&app, &request).await?))
}
