//! `/api/v1/labs/{id}/preview` and what else is asked about a text before it is applied.

use std::sync::Arc;

use axum::Json;
use course::workbench::{Asked, Preview, PreviewBundle};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{body::JsonBody, in_lab::InLab, labs::FlowQuery, usual::Usual};
use crate::{
    domain::{
        explained_text,
        preview::{self, Editor},
    },
    problem::Problem,
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
    InLab { app, learner, name }: InLab,
    JsonBody(editor): JsonBody<Editor>,
) -> Result<Json<Arc<Preview>>, Problem> {
    Ok(Json(preview::preview(&app, &learner, &name, editor).await?))
}

#[utoipa::path(
    get, path = "/api/v1/labs/{id}/world", tag = "learners", operation_id = "previewedWorld", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    responses(
        (status = 200, description = "What a page needs to preview texts by itself: the objects of the lab's world, its flows, what each must be, and what the checks are called", body = Object),
        (status = 404, description = "Unknown lab", body = Problem, content_type = "application/problem+json"),
        Usual,
    )
)]
pub(crate) async fn get_world(InLab { app, learner, name }: InLab) -> Result<Json<Arc<PreviewBundle>>, Problem> {
    Ok(Json(preview::bundle(&app, &learner, &name).await?))
}

/// A flow, and the text that it is asked about.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct FlowInText {
    #[serde(flatten)]
    flow: FlowQuery,
    /// What the editor holds; without it the world is looked at as it is.
    #[serde(default)]
    text: String,
    /// What earlier texts of this editor have brought, as `KIND/NAMESPACE/NAME`: what the text leaves out, goes.
    #[serde(default)]
    brought: Vec<String>,
}

#[utoipa::path(
    post, path = "/api/v1/labs/{id}/explain", tag = "learners", operation_id = "explainText", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    request_body = FlowInText,
    responses(
        (status = 200, description = "Why the flow would be allowed or blocked; each of `decided_by` that stands in the text with `line`, `column` and `end_column`", body = Object),
        (status = 404, description = "Unknown lab", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not a flow, or the text is too long", body = Problem, content_type = "application/problem+json"),
        Usual,
    )
)]
pub(crate) async fn post_explanation(
    InLab { app, learner, name }: InLab,
    JsonBody(body): JsonBody<FlowInText>,
) -> Result<Json<Arc<Value>>, Problem> {
    let FlowInText { flow: FlowQuery { from, to, port }, text, brought } = body;
    let editor = Editor { text, brought, ..Editor::default() };
    Ok(Json(explained_text::explain(&app, &learner, &name, Asked { from, to, port }, editor).await?))
}
