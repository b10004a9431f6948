//! `POST /api/v1/try`: the start page's first try.

use std::sync::Arc;

use axum::{Json, extract::State};

use super::{body::JsonBody, usual::UsualForAnybody};
use crate::{
    app::App,
    domain::try_out::{FirstTry, TriedOut, try_out},
    problem::Problem,
    request::Caller,
};

#[utoipa::path(
    post, path = "/api/v1/try", tag = "anybody", operation_id = "tryOut",
    request_body = FirstTry,
    responses(
        (status = 200, description = "What the text does in the first lab of the course, as it begins; nothing is kept", body = TriedOut),
        (status = 403, description = "Sent by a page of another site", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "The course has no lab to try", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The text is longer than 8 KiB", body = Problem, content_type = "application/problem+json"),
        UsualForAnybody,
    )
)]
pub(crate) async fn post_try(
    State(app): State<App>,
    caller: Caller,
    JsonBody(tried): JsonBody<FirstTry>,
) -> Result<Json<Arc<TriedOut>>, Problem> {
    Ok(Json(try_out(&app, caller.0, tried).await?))
}
