//! What a cluster says about objects that do not come to be: the warnings among its events.

use std::time::Duration;

use kube::Client;
use manifest::ObjectId;
use manifest::kinds::{self, Kind};
use serde_json::Value;
use tokio::time::timeout;

use crate::request::send;

/// Nobody waits longer for what is only an explanation.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many events of a namespace are looked at.
const MOST: usize = 500;

/// The last warning about an object, or about what a workload has made; `None` also when events may not be read.
pub(crate) async fn warning(client: &Client, about: &ObjectId) -> Option<String> {
    let namespace = about.namespace.as_deref()?;
    let path = format!("/api/v1/namespaces/{namespace}/events?limit={MOST}");
    let asked = send(client, http::Method::GET, &path, None, "list events");
    let events = timeout(PATIENCE, asked).await.ok()?.ok()?;
    let events = events["items"].as_array()?.iter();
    let warnings = events.filter(|event| event["type"] == "Warning" && concerns(event, about));
    in_words(warnings.max_by_key(|event| time(event))?)
}

/// Whether an event is about an object, or about what this workload has made.
fn concerns(event: &Value, about: &ObjectId) -> bool {
    let object = ["involvedObject", "regarding"].into_iter().map(|field| &event[field]).find(|it| it.is_object());
    let Some(object) = object else { return false };
    let (kind, name) = (object["kind"].as_str().unwrap_or_default(), object["name"].as_str().unwrap_or_default());
    let made = || {
        let stem = name.strip_prefix(&about.name).is_some_and(|rest| rest.starts_with('-'));
        let between = kind == "Pod" || kinds::named(kind).is_some_and(Kind::is_workload);
        about.kind != "Pod" && between && stem
    };
    (kind == about.kind && name == about.name) || made()
}

/// When it was said last. All of these times are written alike, in UTC.
fn time(event: &Value) -> &str {
    let series = &event["series"]["lastObservedTime"];
    let times = [series, &event["lastTimestamp"], &event["eventTime"], &event["metadata"]["creationTimestamp"]];
    times.into_iter().find_map(Value::as_str).unwrap_or_default()
}

fn in_words(event: &Value) -> Option<String> {
    let message = [&event["message"], &event["note"]].into_iter().find_map(Value::as_str).unwrap_or_default();
    let reason = event["reason"].as_str()?;
    let message = message.trim();
    Some(if message.is_empty() { reason.to_owned() } else { format!("{reason}: {message}") })
}
