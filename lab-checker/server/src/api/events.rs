//! `GET /api/v1/labs/{id}/events`: the lab's state whenever the practice cluster changes, so that a page
//! follows what the learner does with kubectl.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::{Path, State},
    response::sse::{Event, KeepAlive, Sse},
};
use course::{Cell, Report};
use futures::{Stream, StreamExt, stream};
use serde::{Serialize, Serializer, ser::SerializeMap};
use tokio::time;

use crate::{
    app::{App, admissions::taken_back},
    domain::lab_state::LabState,
    problem::Problem,
    request::SignedInWith,
    store::Learner,
};

/// Several changes within this time are one: `kubectl apply` of a folder is many.
const CALM: Duration = Duration::from_millis(60);
/// Proxies cut streams that say nothing.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// What one event says.
#[derive(Debug, Serialize)]
struct Now {
    /// Whether the learner has started the lab.
    started: bool,
    /// Where kubectl is: the name of a lab, or `sandbox`.
    current: String,
    #[serde(flatten, serialize_with = "report_and_map")]
    seen: Arc<(Report, Vec<Cell>)>,
}

/// As `report` and `map`.
fn report_and_map<S: Serializer>(seen: &Arc<(Report, Vec<Cell>)>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_map(Some(2))?;
    fields.serialize_entry("report", &seen.0)?;
    fields.serialize_entry("map", &seen.1)?;
    fields.end()
}

#[utoipa::path(
    get, path = "/api/v1/labs/{id}/events", tag = "learners", operation_id = "labEvents", security(("token" = [])),
    params(("id" = String, Path, description = "The lab's name")),
    responses(
        (status = 200, description = "Server-sent events named `lab`, each with `started`, `current`, `report` and `map`",
         body = Object, content_type = "text/event-stream"),
        (status = 404, description = "Unknown lab", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many event streams are open", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_events(
    State(app): State<App>,
    SignedInWith(learner, token): SignedInWith,
    Path(name): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let lab = app.lab(&name)?;
    app.limits.actions.take(learner.id.clone())?;
    let place = app.streams.open(&learner.id)?;
    let changes = app.clusters.changes(&learner, lab).await?;
    let mut stopped = app.stopped.clone();
    let admission = token.map(|token| app.admissions.with(&token));
    let first = stream::once(async {});
    let later = Box::pin(changes.map(|_| ()));
    let states = first.chain(later).then(move |()| {
        let (app, learner, name) = (app.clone(), learner.clone(), name.clone());
        async move {
            time::sleep(CALM).await;
            now(&app, &learner, &name).await
        }
    });
    let events = states.filter_map(async |now| {
        let now = now.inspect_err(|problem| tracing::debug!(detail = problem.detail(), "an event is left out")).ok()?;
        Some(Ok(Event::default().event("lab").json_data(now).ok()?))
    });
    let until_ended = events.take_until(async move {
        let _place = place;
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => {}
            () = taken_back(admission) => {}
        }
    });
    Ok(Sse::new(until_ended).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

async fn now(app: &App, learner: &Learner, name: &str) -> Result<Now, Problem> {
    let state = LabState::of(app, learner, app.lab(name)?).await?;
    let started = state.has_begun();
    let seen = state.report_and_cells(app).await?;
    let current = app.clusters.current(learner).await?.to_string();
    Ok(Now { started, current, seen })
}
