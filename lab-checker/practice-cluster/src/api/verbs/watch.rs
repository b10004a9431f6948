//! Watching: the history from a revision on, then everything that happens.
//!
//! A watch keeps only the revision it has reached and reads the cluster's log when something happened, a piece
//! at a time, so a slow client costs next to nothing: it falls behind, and is told that its revision has expired.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::StatusCode;
use rand::RngExt;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;

use crate::api::http::negotiation::Form;
use crate::api::http::respond;
use crate::api::printers;
use crate::api::selector::Selectors;
use crate::api::verbs::call::{Call, Context};
use crate::api::verbs::{form, read, sent};
use crate::clusters::cluster::Cluster;
use crate::clusters::standing::Seat;
use crate::node::Place;
use crate::status::Status;
use crate::store::floor::since;
use crate::store::history::{Entry, Version};
use crate::store::state::{Key, Revision};

/// How often a watch that asked for bookmarks gets one while nothing happens.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);

/// Once so many bytes are written they are sent, before more are made.
const PIECE: usize = 64 * 1024;

/// Answers a GET with `watch=true`.
pub(crate) fn stream(call: Call) -> Result<Response, Status> {
    let Call { cluster, seat, context, .. } = call;
    let (path, query) = (&context.path, &context.query);
    if !path.resource.stored() {
        return Err(Status::method_not_allowed());
    }
    let selectors = Selectors::of(&path.resource, query)?.named(path.name.as_deref());
    let slot = cluster.quota().watch_slot()?;
    let initial = Initial::of(&context)?;
    let timeout = query.timeout()?.filter(|t| !t.is_zero()).unwrap_or_else(default_timeout);
    let bookmarks = query.flag("allowWatchBookmarks");
    let revisions = cluster.revisions();
    let warnings: Vec<String> = sent::deprecation(&path.resource).into_iter().collect();
    let mut watcher = Watcher {
        like: Key::new(&path.resource, "", ""),
        cluster,
        seat,
        context,
        selectors,
        revisions,
        bookmarks,
        backlog: VecDeque::new(),
        ends_initial: false,
        reached: 0,
        first_table: true,
        ends: Instant::now() + timeout,
        over: false,
        room: None,
        _slot: slot,
    };
    watcher.begin(initial)?;
    let events = stream::unfold(watcher, |mut watcher| async move {
        let bytes = watcher.next().await?;
        Some((Ok::<Bytes, std::convert::Infallible>(bytes), watcher))
    });
    Ok(respond::json_text(StatusCode::OK, Body::from_stream(events), &warnings))
}

/// Watches end by themselves after a while, not all at the same moment.
fn default_timeout() -> Duration {
    Duration::from_secs(rand::rng().random_range(1800..3600))
}

/// Where a watch begins.
enum Initial {
    /// Everything there is, as ADDED; with a bookmark at the end when the client asked for a streaming list.
    Everything { bookmark: bool },
    /// After a revision.
    After(Revision),
}

impl Initial {
    fn of(context: &Context) -> Result<Self, Status> {
        let query = &context.query;
        let version = query.text("resourceVersion");
        let send = query.get("sendInitialEvents").map(|value| value != "false");
        match (send, query.text("resourceVersionMatch")) {
            (Some(_), None) => {
                return Err(invalid_options(
                    "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
                ));
            }
            (None, Some(_)) => {
                return Err(invalid_options(
                    "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
                ));
            }
            (Some(true), Some(_)) if !query.flag("allowWatchBookmarks") => {
                return Ok(Self::Everything { bookmark: false });
            }
            (Some(true), Some(_)) => return Ok(Self::Everything { bookmark: true }),
            _ => {}
        }
        match version {
            None | Some("0") => Ok(Self::Everything { bookmark: false }),
            Some(text) => text.parse().map(Self::After).map_err(|_| {
                Status::bad_request(format!(
                    "resourceVersion: Invalid value: {text:?}: strconv.ParseUint: parsing {text:?}: invalid syntax"
                ))
            }),
        }
    }
}

fn invalid_options(what: &str) -> Status {
    Status::new(422, "Invalid", format!("ListOptions.meta.k8s.io \"\" is invalid: {what}"))
}

struct Watcher {
    /// A key of the kind that is watched.
    like: Key,
    cluster: Arc<Cluster>,
    seat: Seat,
    context: Context,
    selectors: Selectors,
    revisions: watch::Receiver<Revision>,
    bookmarks: bool,
    /// What there was at the beginning and has not been sent yet.
    backlog: VecDeque<Arc<Value>>,
    /// Whether a bookmark is to follow the backlog.
    ends_initial: bool,
    reached: Revision,
    first_table: bool,
    ends: Instant,
    over: bool,
    /// What the piece takes that the client has yet to read.
    room: Option<OwnedSemaphorePermit>,
    _slot: Place,
}

impl Watcher {
    /// Finds out where to begin.
    fn begin(&mut self, initial: Initial) -> Result<(), Status> {
        let state = self.cluster.state();
        match initial {
            Initial::After(revision) => {
                if revision > state.revision() {
                    read::check_revision(&state, Some(&revision.to_string()), None)?;
                }
                self.reached = revision;
            }
            Initial::Everything { bookmark } => {
                let path = &self.context.path;
                self.backlog = state
                    .list(&path.resource, path.namespace.as_deref())
                    .filter(|(_, object)| self.selectors.matches(object))
                    .map(|(_, object)| Arc::clone(object))
                    .collect();
                self.reached = state.revision();
                self.ends_initial = bookmark;
            }
        }
        Ok(())
    }

    /// What is sent next; `None` when the watch is over.
    async fn next(&mut self) -> Option<Bytes> {
        if self.over {
            return None;
        }
        loop {
            self.revisions.borrow_and_update();
            // Whoever asks for more has taken the piece before.
            self.room = None;
            let mut room = tokio::select! {
                room = self.cluster.quota().piece_slot() => room,
                () = self.seat.lost() => None,
                () = tokio::time::sleep_until(self.ends) => return None,
            };
            let mut lines = if self.seat.is_kept() { self.catch_up() } else { Vec::new() };
            // What was read before the gate turned elsewhere is of the world that was watched; nothing else is sent.
            if !self.seat.is_kept() {
                lines.clear();
                self.fall_behind(&mut lines);
            }
            if !lines.is_empty() {
                lines.shrink_to_fit();
                self.room =
                    room.as_mut().and_then(|room| room.split(lines.len().div_ceil(1024).min(room.num_permits())));
                return Some(lines.into());
            }
            drop(room);
            let pause = Instant::now() + BOOKMARK_EVERY;
            tokio::select! {
                changed = self.revisions.changed() => changed.ok()?,
                () = self.seat.lost() => {}
                () = tokio::time::sleep_until(self.ends) => return None,
                () = tokio::time::sleep_until(pause), if self.bookmarks => {
                    let mut lines = Vec::new();
                    self.bookmark(&mut lines, false);
                    return Some(lines.into());
                }
            }
        }
    }

    /// The rest of the beginning, and then what has happened since: a piece of it.
    fn catch_up(&mut self) -> Vec<u8> {
        let mut lines = Vec::new();
        while lines.len() < PIECE
            && let Some(object) = self.backlog.pop_front()
        {
            self.write(&mut lines, "ADDED", &Version::Current(object));
        }
        if !self.backlog.is_empty() {
            return lines;
        }
        if std::mem::take(&mut self.ends_initial) {
            self.bookmark(&mut lines, true);
        }
        let Some(changes) = self.cluster.changes_since(self.reached) else {
            self.fall_behind(&mut lines);
            return lines;
        };
        for change in changes {
            if lines.len() >= PIECE {
                break;
            }
            self.reached = change.revision;
            if let Some((kind, object)) = self.event(&change) {
                self.write(&mut lines, kind, &object);
            }
        }
        lines
    }

    /// What a change means to this watcher: an object that begins or ceases to match is added or deleted.
    fn event(&self, change: &Entry) -> Option<(&'static str, Version)> {
        let path = &self.context.path;
        if !change.key.is_like(&self.like)
            || path.namespace.as_deref().is_some_and(|namespace| namespace != change.key.namespace())
        {
            return None;
        }
        let matches = |version: &&Version| self.selectors.is_empty() || self.selectors.matches(&version.value());
        match (change.before.as_ref().filter(matches), change.after.as_ref().filter(matches)) {
            (None, Some(after)) => Some(("ADDED", after.clone())),
            (Some(_), Some(after)) => Some(("MODIFIED", after.clone())),
            (Some(before), None) => Some(("DELETED", change.last.clone().unwrap_or_else(|| left(before, change)))),
            (None, None) => None,
        }
    }

    fn fall_behind(&mut self, lines: &mut Vec<u8>) {
        let oldest = self.cluster.oldest().max(self.reached + 1);
        let status = Status::expired(format!("too old resource version: {} ({oldest})", self.reached));
        push_event(lines, "ERROR", &status.to_value());
        self.over = true;
    }

    fn write(&mut self, lines: &mut Vec<u8>, kind: &str, version: &Version) {
        match (self.context.wanted.form, version) {
            (Form::Plain, Version::Current(object)) => push_event(lines, kind, &since(object, self.context.floor)),
            (Form::Plain, Version::Past(text)) => {
                push_text(lines, kind, |lines| lines.extend_from_slice(text.as_bytes()))
            }
            (Form::Metadata, _) => {
                push_event(lines, kind, &form::partial(&since(&version.value(), self.context.floor)));
            }
            (Form::Table, _) => {
                let mut table = form::one(&self.context, &version.value());
                if !std::mem::take(&mut self.first_table) {
                    table["columnDefinitions"] = Value::Null;
                }
                push_event(lines, kind, &table);
            }
        }
    }

    fn bookmark(&mut self, lines: &mut Vec<u8>, initial_end: bool) {
        let resource = &*self.context.path.resource;
        let mut metadata = json!({"resourceVersion": self.reached.to_string()});
        if initial_end {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let object = match self.context.wanted.form {
            Form::Plain => json!({"kind": resource.kind, "apiVersion": resource.api_version(), "metadata": metadata}),
            Form::Metadata => {
                json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata})
            }
            Form::Table => {
                let mut table =
                    printers::of(resource, std::iter::empty(), &metadata, printers::Rows::of(&self.context.query));
                let object = json!({"kind": resource.kind, "apiVersion": resource.api_version(), "metadata": metadata});
                table["rows"] = json!([{"cells": [], "object": object}]);
                table
            }
        };
        push_event(lines, "BOOKMARK", &object);
    }
}

/// The last sight of an object that no longer matches: as it was, with the revision at which it left.
fn left(before: &Version, change: &Entry) -> Version {
    let mut last = before.value().into_owned();
    last["metadata"]["resourceVersion"] = change.revision.to_string().into();
    Version::Current(Arc::new(last))
}

fn push_event(lines: &mut Vec<u8>, kind: &str, object: &Value) {
    push_text(lines, kind, |lines| serde_json::to_writer(lines, object).expect("writing to memory cannot fail"));
}

fn push_text(lines: &mut Vec<u8>, kind: &str, write: impl FnOnce(&mut Vec<u8>)) {
    lines.extend_from_slice(b"{\"type\":\"");
    lines.extend_from_slice(kind.as_bytes());
    lines.extend_from_slice(b"\",\"object\":");
    write(lines);
    lines.extend_from_slice(b"}\n");
}
