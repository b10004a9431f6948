//! `GET /api/v1/labs/{id}/terminal`: a WebSocket to a shell beside the lab's world, with a kubectl in it.

use axum::{
    Extension,
    extract::{
        Path, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    response::Response,
};
use practice_cluster::Pings;

use crate::{
    app::App,
    domain::terminal::{self, End, MESSAGE, Patience},
    problem::Problem,
    request::SignedInWith,
};

#[utoipa::path(
    get, path = "/api/v1/labs/{id}/terminal", tag = "learners", operation_id = "terminal", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    responses(
        (status = 101, description = "A WebSocket: binary messages are what is typed and what is shown. The text message \
         `{\"file\":{\"name\":\"policy.yaml\",\"text\":\"…\"}}` puts a file into the shell's home directory; the last \
         message is the text `{\"ended\":\"exit\"}`, `moved`, `idle`, `signed-out` or `stopped`."),
        (status = 403, description = "A page of another site asks", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "Unknown lab", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The lab has not been started", body = Problem, content_type = "application/problem+json"),
        (status = 426, description = "A terminal is a WebSocket, and no upgrade was asked for", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many terminals are open", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_terminal(
    State(app): State<App>,
    SignedInWith(learner, token): SignedInWith,
    Path(name): Path<String>,
    pings: Option<Extension<Pings>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let lab = app.lab(&name)?;
    app.limits.actions.take(learner.id.clone())?;
    let upgrade = upgrade.map_err(|_| Problem::no_websocket())?;
    let place = app.terminals.open(&learner.id)?;
    let station = app.clusters.workstation(&learner, lab).await?;
    let (stopped, admission) = (app.stopped.clone(), token.map(|token| app.admissions.with(&token)));
    let patience = Patience { pings: pings.map(|Extension(pings)| pings).unwrap_or_default(), ..Patience::default() };
    let upgrade = upgrade.max_message_size(MESSAGE).max_frame_size(MESSAGE);
    Ok(upgrade.on_upgrade(move |socket| async move {
        let end = End { stopped, admission };
        terminal::relay(socket, station, end, patience).await;
        drop(place);
    }))
}
