//! `POST /api/v1/labs/{id}/probe`: what a pod of the lab's world prints when it tries to connect.

use axum::Json;
use course::workbench::{Asked, Probed};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{body::JsonBody, in_lab::InLab};
use crate::{domain::probe, problem::Problem};

/// Who tries to reach whom.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Probe {
    /// The pod to try it from: `namespace/pod`, or a workload whose pods are alike.
    from: String,
    /// `namespace/pod`, `svc:namespace/name` or an address.
    to: String,
    /// `8080`, `53/UDP`, a name.
    port: String,
}

#[utoipa::path(
    post, path = "/api/v1/labs/{id}/probe", tag = "learners", operation_id = "probe", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    request_body = Probe,
    responses(
        (status = 200, description = "The command that was run in the pod, and what it printed", body = Probed),
        (status = 404, description = "Unknown lab, pod or Service", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Nothing that can be tried", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post_probe(
    InLab { app, learner, name }: InLab,
    JsonBody(Probe { from, to, port }): JsonBody<Probe>,
) -> Result<Json<Probed>, Problem> {
    Ok(Json(probe::run(&app, &learner, &name, &Asked { from, to, port }).await?))
}
