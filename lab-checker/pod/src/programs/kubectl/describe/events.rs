//! What happened to an object.

use serde_json::Value;

use super::age::since;
use super::page::{Page, text};
use crate::programs::kubectl::client::{Client, JSON, encoded};
use crate::programs::kubectl::failure::Failure;

/// The events about an object, the oldest first.
pub(super) async fn of(client: &Client<'_>, object: &Value) -> Result<Vec<Value>, Failure> {
    let metadata = &object["metadata"];
    let selector =
        format!("involvedObject.name={},involvedObject.uid={}", text(&metadata["name"]), text(&metadata["uid"]));
    let namespace = metadata["namespace"].as_str().unwrap_or("default");
    let path = format!("/api/v1/namespaces/{}/events?fieldSelector={}", encoded(namespace), encoded(&selector));
    let mut list = client.get(&path, JSON).await?;
    let mut events = list["items"].as_array_mut().map(std::mem::take).unwrap_or_default();
    events.sort_by(|a, b| text(&a["lastTimestamp"]).cmp(text(&b["lastTimestamp"])));
    Ok(events)
}

pub(super) fn write(page: &mut Page, events: &[Value]) {
    if events.is_empty() {
        return page.field(0, "Events", "<none>");
    }
    page.flush();
    page.line(0, "Events:");
    page.line(1, "Type\tReason\tAge\tFrom\tMessage");
    page.line(1, "----\t------\t----\t----\t-------");
    for event in events {
        let first = event["eventTime"].as_str().or_else(|| event["firstTimestamp"].as_str()).unwrap_or_default();
        let age = match event["count"].as_u64().filter(|count| *count > 1) {
            Some(count) => format!("{} (x{count} over {})", since(text(&event["lastTimestamp"])), since(first)),
            None => since(first),
        };
        let source = match text(&event["source"]["component"]) {
            "" => text(&event["reportingComponent"]),
            source => source,
        };
        let (kind, reason, message) = (text(&event["type"]), text(&event["reason"]), text(&event["message"]).trim());
        let message = match text(&event["involvedObject"]["fieldPath"]) {
            "" => message.to_owned(),
            field => format!("{field}: {message}"),
        };
        page.line(1, &format!("{kind}\t{reason}\t{age}\t{source}\t{message}"));
    }
}
