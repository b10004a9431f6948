//! `GET …/log`: what a container printed, and with `follow` what it will.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;

use super::target;
use crate::api::http::path::ObjectPath;
use crate::api::http::query::Query;
use crate::clusters::cluster::Cluster;
use crate::clusters::standing::Seat;
use crate::controllers;
use crate::node::{Console, Log, Place};
use crate::status::Status;
use crate::store::object;

/// Answers a request for a log.
pub(super) fn answer(
    cluster: &Arc<Cluster>,
    seat: Seat,
    path: &ObjectPath,
    request: &Request,
) -> Result<Response, Status> {
    let query = Query::of(request)?;
    let pod = target::pod(cluster, path.namespace(), path.name())?;
    let name = target::container(&pod, query.text("container"))?;
    let status = target::status(&pod, &name);
    if query.flag("previous") {
        let ended = status.is_some_and(|status| status["lastState"].get("terminated").is_some());
        if !ended {
            let text = format!("previous terminated container \"{name}\" in pod \"{}\" not found", object::name(&pod));
            return Err(Status::bad_request(text));
        }
    }
    must_have_started(&pod, &name, status)?;
    let console = cluster.runtime().console(&pod, &name);
    if query.flag("previous") {
        let body = Body::from(text(&console.previous_log(), &query)?);
        return Ok(([(CONTENT_TYPE, "text/plain")], body).into_response());
    }
    let running = controllers::running_containers(&pod).any(|(running, _)| running == name);
    let body = if query.flag("follow") && running {
        let permit = cluster.quota().session_slot()?;
        following(console, &query, seat, (Arc::clone(cluster), permit))?
    } else {
        Body::from(text(&console.log(), &query)?)
    };
    Ok(([(CONTENT_TYPE, "text/plain")], body).into_response())
}

fn must_have_started(pod: &Value, name: &str, status: Option<&Value>) -> Result<(), Status> {
    let started = status.is_some_and(|status| {
        let state = &status["state"];
        state.get("running").is_some()
            || state.get("terminated").is_some()
            || status["lastState"].get("terminated").is_some()
    });
    if started {
        return Ok(());
    }
    let reason = status.and_then(|status| status["state"]["waiting"]["reason"].as_str()).unwrap_or("ContainerCreating");
    let why = match reason {
        "ErrImagePull" => "image can't be pulled",
        "ImagePullBackOff" => "trying and failing to pull image",
        other => other,
    };
    let text = format!("container \"{name}\" in pod \"{}\" is waiting to start: {why}", object::name(pod));
    Err(Status::bad_request(text))
}

fn stamp(query: &Query, at: Timestamp, line: &str) -> String {
    if query.flag("timestamps") {
        format!("{} {line}\n", at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ"))
    } else {
        format!("{line}\n")
    }
}

/// The kept lines that the query asks for.
fn text(log: &Log, query: &Query) -> Result<String, Status> {
    let since = match (query.number("sinceSeconds")?, query.text("sinceTime")) {
        (Some(seconds), _) => {
            let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
            Some(Timestamp::now().as_second().saturating_sub(seconds))
        }
        (None, Some(time)) => time.parse::<Timestamp>().ok().map(Timestamp::as_second),
        (None, None) => None,
    };
    let recent: Vec<_> = log.lines.iter().filter(|(at, _)| since.is_none_or(|since| at.as_second() >= since)).collect();
    let tail = query.text("tailLines").and_then(|number| number.parse::<usize>().ok()).unwrap_or(usize::MAX);
    let start = recent.len().saturating_sub(tail);
    let mut text: String = recent[start..].iter().map(|(at, line)| stamp(query, *at, line)).collect();
    text.push_str(&log.unfinished);
    if let Some(limit) = query.number("limitBytes")?.and_then(|limit| usize::try_from(limit).ok()) {
        let cut = (0..=limit.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(cut);
    }
    Ok(text)
}

fn following(console: Arc<Console>, query: &Query, seat: Seat, held: (Arc<Cluster>, Place)) -> Result<Body, Status> {
    let (log, attachment) = console.follow();
    let before = text(&log, query)?;
    let stamped = query.flag("timestamps").then(|| query.clone());
    // The cluster stays in memory while somebody reads along.
    let held = (held, console);
    let state = (Some(before), attachment, seat, held);
    let stream = futures::stream::unfold(state, move |(before, mut attachment, mut seat, held)| {
        let stamped = stamped.clone();
        async move {
            if let Some(before) = before {
                return Some((Ok::<_, Infallible>(Bytes::from(before)), (None, attachment, seat, held)));
            }
            loop {
                let next = tokio::select! {
                    biased;
                    next = attachment.live.recv() => next,
                    () = attachment.end.reached() => return None,
                    () = seat.lost() => return None,
                };
                let chunk = match next {
                    Ok((_, chunk)) => chunk,
                    Err(RecvError::Lagged(_)) => continue,
                    Err(RecvError::Closed) => return None,
                };
                let chunk = match &stamped {
                    Some(query) => {
                        let text = String::from_utf8_lossy(&chunk).into_owned();
                        Bytes::from(text.lines().map(|line| stamp(query, Timestamp::now(), line)).collect::<String>())
                    }
                    None => chunk,
                };
                return Some((Ok(chunk), (None, attachment, seat, held)));
            }
        }
    });
    Ok(Body::from_stream(stream))
}
