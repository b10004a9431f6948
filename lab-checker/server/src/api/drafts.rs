//! `/api/v1/labs/{id}/draft`: what a learner has typed in a lab's editor and not handed in.

use axum::{Json, http::StatusCode};

use super::{body::JsonBody, in_lab::InLab, usual::Usual};
use crate::{
    domain::draft::{self, DraftView, NewDraft, TextAside},
    problem::Problem,
};

#[utoipa::path(
    get, path = "/api/v1/labs/{id}/draft", tag = "learners", operation_id = "draft", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    responses(
        (status = 200, description = "The draft; version 0 and no text when there is none. Beside it what was applied last, and what was put aside", body = DraftView),
        (status = 404, description = "Unknown lab", body = Problem, content_type = "application/problem+json"),
        Usual,
    )
)]
pub(crate) async fn get_draft(InLab { app, learner, name }: InLab) -> Result<Json<DraftView>, Problem> {
    Ok(Json(draft::read(&app, &learner, &name).await?))
}

#[utoipa::path(
    put, path = "/api/v1/labs/{id}/draft", tag = "learners", operation_id = "keepDraft", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    request_body = NewDraft,
    responses(
        (status = 200, description = "Kept, with its new version", body = DraftView),
        (status = 404, description = "Unknown lab", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Another draft has been kept since that version: it stands in `draft`. Nothing was written",
         body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Longer than 64 KiB, or with a NUL character", body = Problem, content_type = "application/problem+json"),
        Usual,
    )
)]
pub(crate) async fn put_draft(
    InLab { app, learner, name }: InLab,
    JsonBody(new): JsonBody<NewDraft>,
) -> Result<Json<DraftView>, Problem> {
    Ok(Json(draft::write(&app, &learner, &name, new).await?))
}

#[utoipa::path(
    delete, path = "/api/v1/labs/{id}/draft", tag = "learners", operation_id = "forgetDraft", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    responses(
        (status = 204, description = "There is no draft any more"),
        (status = 404, description = "Unknown lab", body = Problem, content_type = "application/problem+json"),
        Usual,
    )
)]
pub(crate) async fn delete_draft(InLab { app, learner, name }: InLab) -> Result<StatusCode, Problem> {
    draft::forget(&app, &learner, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(
    put, path = "/api/v1/labs/{id}/draft/aside", tag = "learners", operation_id = "putAside", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    request_body = TextAside,
    responses(
        (status = 204, description = "The text is put aside, in the place of one that was; `GET …/draft` has it as `aside`"),
        (status = 404, description = "Unknown lab", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Longer than 64 KiB, or with a NUL character", body = Problem, content_type = "application/problem+json"),
        Usual,
    )
)]
pub(crate) async fn put_aside(
    InLab { app, learner, name }: InLab,
    JsonBody(TextAside { text }): JsonBody<TextAside>,
) -> Result<StatusCode, Problem> {
    draft::put_aside(&app, &learner, &name, Some(&text)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(
    delete, path = "/api/v1/labs/{id}/draft/aside", tag = "learners", operation_id = "forgetAside", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    responses(
        (status = 204, description = "No text is put aside any more"),
        (status = 404, description = "Unknown lab", body = Problem, content_type = "application/problem+json"),
        Usual,
    )
)]
pub(crate) async fn delete_aside(InLab { app, learner, name }: InLab) -> Result<StatusCode, Problem> {
    draft::put_aside(&app, &learner, &name, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
