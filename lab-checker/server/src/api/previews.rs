//! `/api/v1/labs/{id}/preview` and what else is asked about a text before it is applied.

use axum::{
    Json,
    extract::{Path, State},
};

use super::{body::JsonBody, usual::Usual};
use crate::{
    app::App,
    domain::preview::{self, Editor, Preview},
    problem::Problem,
    request::SignedIn,
};

#[utoipa::path(
    post, path = "/api/v1/labs/{id}/preview", tag = "learners", operation_id = "preview", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    request_body = Editor,
    responses(
        (status = 200, description = "What applying the text would do; nothing is kept", body = Preview),
        (status = 404, description = "Unknown lab", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "A newer preview of the same lab came before this one had its turn", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The text is too long, or `brought` names no objects", body = Problem, content_type = "application/problem+json"),
        Usual,
    )
)]
pub(crate) async fn post_preview(
    State(app): State<App>,
    SignedIn(learner): SignedIn,
    Path(name): Path<String>,
    JsonBody(editor): JsonBody<Editor>,
) -> Result<Json<Preview>, Problem> {
    Ok(Json(preview::preview(&app, &learner, &name, editor).await?))
}
