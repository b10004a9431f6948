//! `GET /api/v1/schema`: what an editor completes and explains.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use super::usual::Usual;
use crate::{app::App, domain::schema::FieldSchema, problem::Problem, request::SignedIn};

/// It changes with the course and with this program alone.
const KEPT: &str = "private, max-age=3600";

#[utoipa::path(
    get, path = "/api/v1/schema", tag = "learners", operation_id = "schema", security(("token" = [])),
    responses(
        (status = 200, description = "The fields of the kinds that labs let you change, to be kept for an hour", body = FieldSchema),
        (status = 304, description = "As you have it, by `If-None-Match`"),
        Usual,
    )
)]
pub(crate) async fn get_schema(
    State(app): State<App>,
    SignedIn(learner): SignedIn,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    app.limits.actions.take(learner.id.clone())?;
    let text = serde_json::to_string(&FieldSchema::of(&app.course)).map_err(|_| Problem::failed())?;
    let digest = Sha256::digest(text.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
    let tag = HeaderValue::from_str(&format!("\"{digest}\"")).map_err(|_| Problem::failed())?;
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| names(known, &tag));
    let head = [(header::CACHE_CONTROL, HeaderValue::from_static(KEPT)), (header::ETAG, tag)];
    if known {
        return Ok((StatusCode::NOT_MODIFIED, head).into_response());
    }
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Ok((head, kind, text).into_response())
}

/// Whether a list of tags names this one; compression on the way makes it a weak one.
fn names(list: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(list), Ok(tag)) = (list.to_str(), tag.to_str()) else { return false };
    list.split(',').map(|one| one.trim().trim_start_matches("W/")).any(|one| one == tag || one == "*")
}
