//! The worlds behind a gate, beside the Kubernetes API: which there are, which is current, and each of them to be
//! looked at wherever the gate leads.
//!
//! | request | what it does |
//! |---|---|
//! | `GET …/worlds` | the names of the worlds that have begun, and of the current one |
//! | `POST …/worlds/NAME/start` | makes a world current, as it was left; it begins when it has not yet |
//! | `POST …/worlds/NAME/reset` | has a world begin anew, beside or behind the gate |
//! | `GET …/worlds/NAME/api…` | the Kubernetes API of one world, to read |

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::http::{body, respond};
use crate::clusters::cluster::Cluster;
use crate::clusters::gate::{Gate, Wish};
use crate::clusters::standing::Seat;
use crate::settings::Enforcement;
use crate::status::Status;
use crate::store::error::ClusterError;
use crate::store::world::World;

/// What a path below `/worlds` asks for.
pub(crate) enum Asked<'a> {
    /// Which there are.
    All,
    /// That one becomes current.
    Start(World),
    /// That one begins anew.
    Reset(World),
    /// The Kubernetes API of one; the rest is its path.
    Look(World, &'a str),
}

/// Reads a path, without the cluster's prefix. `None` when it is not about worlds, or about none that could be.
pub(crate) fn parse(path: &str) -> Option<Asked<'_>> {
    let rest = path.strip_prefix("/worlds")?;
    if rest.trim_matches('/').is_empty() {
        return Some(Asked::All);
    }
    let (name, rest) = rest.strip_prefix('/')?.split_once('/')?;
    let world = World::named(name)?;
    Some(match rest {
        "start" => Asked::Start(world),
        "reset" => Asked::Reset(world),
        _ => Asked::Look(world, &path[path.len() - rest.len() - 1..]),
    })
}

/// When a world begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begins {
    /// When it has not yet; and it becomes the current one.
    IfNew,
    /// In any case.
    Anew,
}

/// What a world begins with, should it begin.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Start {
    enforcement: Mode,
    objects: Vec<Value>,
}

/// What a network plugin does.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[default]
    Enforcing,
    Rejecting,
    None,
}

/// Answers `GET …/worlds`.
pub(crate) async fn overview(gate: &Gate) -> Result<Response, Status> {
    let (current, begun) = gate.overview().await.map_err(failed)?;
    let begun: Vec<String> = begun.iter().map(World::to_string).collect();
    Ok(answer(&json!({"current": current.to_string(), "worlds": begun})))
}

/// Answers `POST …/worlds/NAME/start` and `…/reset`.
pub(crate) async fn step(gate: &Arc<Gate>, world: World, begins: Begins, request: Request) -> Result<Response, Status> {
    if request.method() != Method::POST {
        return Err(Status::method_not_allowed());
    }
    let bytes = body::read(request.into_body(), gate.settings().limits.body).await?;
    let wanted = if bytes.is_empty() { Ok(Start::default()) } else { serde_json::from_slice(&bytes) };
    let Start { enforcement, objects } = wanted.map_err(|error| Status::bad_request(error.to_string()))?;
    let enforcement = match enforcement {
        Mode::Enforcing => Enforcement::Enforcing,
        Mode::Rejecting => Enforcement::Rejecting,
        Mode::None => Enforcement::None,
    };
    let begun = gate
        .step(Wish { world, enforcement, objects, anew: begins == Begins::Anew, current: begins == Begins::IfNew })
        .await
        .map_err(failed)?;
    Ok(answer(&json!({"begun": begun})))
}

/// The cluster of a world to look at, and a seat that lasts until anything changes about the gate.
pub(crate) async fn look(gate: &Arc<Gate>, world: &World) -> Result<(Arc<Cluster>, Seat), Status> {
    let found = gate.beside(world).await.map_err(failed)?;
    found.ok_or_else(|| Status::new(404, "NotFound", format!("world {world} has not begun")))
}

fn answer(value: &Value) -> Response {
    respond::json_text(StatusCode::OK, format!("{value}\n"), &[])
}

fn failed(error: ClusterError) -> Status {
    match error {
        ClusterError::Refused(status) => status,
        ClusterError::Unknown(_) => Status::no_such_cluster(),
        error => {
            tracing::error!(%error, "a world could not be used");
            Status::unavailable()
        }
    }
}
