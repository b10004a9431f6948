//! `/api/v1/labs/{id}`: the task, attempts, and everything the workbench shows.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use course::{
    Cell, ManifestFile, PublicLab, Report, markdown_to_html,
    workbench::{Applied, Asked},
};
use netpol::Explanation;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{
    attempts::graded,
    body::{JsonBody, QueryOf},
    in_lab::InLab,
};
use crate::{
    activity::Activity,
    app::App,
    domain::{
        apply,
        hand_in::{self, HandInSource},
        lab_state::LabState,
        own_words,
    },
    problem::Problem,
    request::SignedIn,
};

/// A lab as it may be told to somebody who has not passed.
#[derive(Debug, Serialize)]
pub(crate) struct LabView {
    #[serde(flatten)]
    lab: PublicLab,
    task_html: String,
}

#[utoipa::path(
    get, path = "/api/v1/labs/{id}", tag = "learners", operation_id = "lab", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    responses(
        (status = 200, description = "Task, points, start files", body = Object),
        (status = 404, description = "Unknown lab", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_lab(
    State(app): State<App>,
    _: SignedIn,
    Path(name): Path<String>,
) -> Result<Json<LabView>, Problem> {
    let lab = app.lab(&name)?;
    Ok(Json(LabView { lab: lab.public(), task_html: markdown_to_html(&lab.task) }))
}

/// What to grade.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct LabHandIn {
    /// Your Kubernetes objects. Without them, the lab's world is judged.
    #[schema(value_type = Option<Vec<Object>>)]
    objects: Option<Vec<Value>>,
    /// Where the objects are from.
    #[serde(default)]
    source: HandInSource,
}

#[utoipa::path(
    post, path = "/api/v1/labs/{id}/attempts", tag = "learners", operation_id = "attemptLab", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    request_body = LabHandIn,
    responses(
        (status = 201, description = "Checked by the server and kept. Who passes is told in `attack` which attack of the lab's story fails now (`from`, `to`, `port`, `protocol`), and what it said before (`says`)", body = Object),
        (status = 404, description = "Unknown lab", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing could be recorded; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_attempt(
    InLab { app, learner, name }: InLab,
    JsonBody(body): JsonBody<LabHandIn>,
) -> Result<Response, Problem> {
    let attempt = match body.objects {
        Some(objects) => hand_in::lab_in_objects(&app, &learner, &name, objects, body.source).await?,
        None => hand_in::lab_in_cluster(&app, &learner, &name).await?,
    };
    graded(&app, &attempt).await
}

#[utoipa::path(
    get, path = "/api/v1/labs/{id}/report", tag = "learners", operation_id = "labReport", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    responses(
        (status = 200, description = "What a check says now; nothing is kept", body = Object),
        (status = 404, description = "Unknown lab", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_report(InLab { app, learner, name }: InLab) -> Result<Json<Arc<Report>>, Problem> {
    app.limits.actions.take(learner.id.clone())?;
    let state = LabState::of(&app, &learner, app.lab(&name)?).await?;
    Ok(Json(state.report(&app).await?))
}

#[utoipa::path(
    get, path = "/api/v1/labs/{id}/map", tag = "learners", operation_id = "labMap", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    responses(
        (status = 200, description = "Every flow the lab looks at: what it must be and what it is", body = Vec<Object>),
        (status = 404, description = "Unknown lab", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_map(InLab { app, learner, name }: InLab) -> Result<Json<Arc<Vec<Cell>>>, Problem> {
    app.limits.actions.take(learner.id.clone())?;
    let state = LabState::of(&app, &learner, app.lab(&name)?).await?;
    Ok(Json(state.cells(&app).await?))
}

/// A flow.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
pub(crate) struct FlowQuery {
    /// `namespace/pod` or an address.
    pub(crate) from: String,
    /// `namespace/pod`, `svc:namespace/name` or an address.
    pub(crate) to: String,
    /// `8080`, `53/UDP`, a name.
    pub(crate) port: String,
}

#[utoipa::path(
    get, path = "/api/v1/labs/{id}/explain", tag = "learners", operation_id = "explain", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name"), FlowQuery),
    responses(
        (status = 200, description = "Why the flow is allowed or blocked, policy by policy", body = Object),
        (status = 422, description = "Not a flow", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_explanation(
    InLab { app, learner, name }: InLab,
    QueryOf(flow): QueryOf<FlowQuery>,
) -> Result<Json<Arc<Explanation>>, Problem> {
    app.limits.actions.take(learner.id.clone())?;
    let state = LabState::of(&app, &learner, app.lab(&name)?).await?;
    let asked = Asked { from: flow.from, to: flow.to, port: flow.port };
    Ok(Json(state.explain(&app, asked).await?))
}

/// A hint.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Hint {
    /// Which, from 1: the gentlest first.
    number: usize,
    /// How many there are.
    total: usize,
    /// Markdown.
    text: String,
    html: String,
}

#[utoipa::path(
    get, path = "/api/v1/labs/{id}/hints/{number}", tag = "learners", operation_id = "hint", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name"), ("number" = usize, Path, description = "From 1")),
    responses(
        (status = 200, description = "One hint", body = Hint),
        (status = 404, description = "No such hint", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_hint(
    State(app): State<App>,
    _: SignedIn,
    Path((name, number)): Path<(String, String)>,
) -> Result<Json<Hint>, Problem> {
    let lab = app.lab(&name)?;
    let total = lab.hints.len();
    let place = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let hint = place.and_then(|place| Some((place, lab.hints.get(place)?)));
    let (place, text) = hint.ok_or_else(|| Problem::not_found(format!("this lab has hints 1 to {total}")))?;
    Ok(Json(Hint { number: place + 1, total, text: text.clone(), html: markdown_to_html(text) }))
}

/// A right answer.
#[derive(Debug, Serialize)]
pub(crate) struct SolutionView {
    files: Vec<ManifestFile>,
    /// Markdown.
    explanation: String,
    html: String,
}

#[utoipa::path(
    get, path = "/api/v1/labs/{id}/solution", tag = "learners", operation_id = "solution", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    responses(
        (status = 200, description = "Files and why they are right", body = Object),
        (status = 403, description = "Pass the lab first", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_solution(InLab { app, learner, name }: InLab) -> Result<Json<SolutionView>, Problem> {
    let lab = app.lab(&name)?;
    if !app.store.has_passed(&learner.id, &Activity::lab(&name)).await? {
        return Err(Problem::forbidden("the solution is shown once you have passed the lab"));
    }
    let explanation = lab.solution.explanation.clone();
    Ok(Json(SolutionView { files: lab.solution.files.clone(), html: markdown_to_html(&explanation), explanation }))
}

#[utoipa::path(
    post, path = "/api/v1/labs/{id}/start", tag = "learners", operation_id = "startLab", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    responses(
        (status = 204, description = "kubectl is in the lab's world, which has begun, or goes on as you left it"),
        (status = 404, description = "Unknown lab", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing could be recorded; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_start(InLab { app, learner, name }: InLab) -> Result<StatusCode, Problem> {
    let lab = app.lab(&name)?;
    app.limits.actions.take(learner.id.clone())?;
    app.clusters.start(&learner, lab).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(
    post, path = "/api/v1/labs/{id}/reset", tag = "learners", operation_id = "resetLab", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    responses(
        (status = 204, description = "The lab has begun anew; what was done in its world is gone. What was applied from its editor is put aside"),
        (status = 404, description = "Unknown lab", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing could be recorded; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_reset(InLab { app, learner, name }: InLab) -> Result<StatusCode, Problem> {
    let lab = app.lab(&name)?;
    app.limits.actions.take(learner.id.clone())?;
    own_words::put_aside_for_reset(&app, &learner, lab, "").await?;
    app.clusters.reset(&learner, lab).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// YAML or JSON text, as for `kubectl apply -f`.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ManifestText {
    text: String,
    /// What earlier texts of the same editor have brought, as `KIND/NAMESPACE/NAME`: what the text leaves out, goes.
    #[serde(default)]
    brought: Vec<String>,
}

#[utoipa::path(
    post, path = "/api/v1/labs/{id}/objects", tag = "learners", operation_id = "applyObjects", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    request_body = ManifestText,
    responses(
        (status = 200, description = "What came of each object", body = Applied),
        (status = 404, description = "Unknown lab", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing could be recorded; try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_objects(
    InLab { app, learner, name }: InLab,
    JsonBody(body): JsonBody<ManifestText>,
) -> Result<Json<Applied>, Problem> {
    Ok(Json(apply::text(&app, &learner, &name, body.text, &body.brought).await?))
}
