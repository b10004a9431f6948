//! Namespaces, nodes, events and the plain kinds as tables.

use serde_json::Value;

use crate::api::printers::age::{age, since};
use crate::api::printers::printer::{AGE, Cells, Column, Kind, NAME, Printer, length, name, text_or_none};
use crate::store::object;

/// The printer of a kind, when it is one of these.
pub(super) fn printer(kind: &str) -> Option<Printer> {
    let (columns, cells): (Vec<Column>, Cells) = match kind {
        "Namespace" => (vec![NAME, Column::text("Status", "status.phase"), AGE], |o| {
            vec![name(o), text_or_none(&o["status"]["phase"]), age(o)]
        }),
        "ConfigMap" => (vec![NAME, Column::text("Data", "data"), AGE], |o| {
            let size = [&o["data"], &o["binaryData"]].map(|part| length(part).as_u64().unwrap_or(0));
            vec![name(o), size.iter().sum::<u64>().to_string().into(), age(o)]
        }),
        "Secret" => (vec![NAME, Column::text("Type", "type"), Column::text("Data", "data"), AGE], |o| {
            vec![name(o), text_or_none(&o["type"]), length(&o["data"]).to_string().into(), age(o)]
        }),
        "ServiceAccount" => (vec![NAME, AGE], |o| vec![name(o), age(o)]),
        "LimitRange" => (vec![NAME, CREATED_AT], |o| vec![name(o), o["metadata"]["creationTimestamp"].clone()]),
        "ResourceQuota" => (vec![NAME, Column::text("Request", ""), Column::text("Limit", ""), AGE], |o| {
            vec![name(o), "".into(), "".into(), age(o)]
        }),
        "Lease" => (vec![NAME, Column::text("Holder", "spec.holderIdentity"), AGE], |o| {
            vec![name(o), text_or_none(&o["spec"]["holderIdentity"]), age(o)]
        }),
        "Node" => (
            vec![
                NAME,
                Column::text("Status", "status"),
                Column::text("Roles", "metadata.labels"),
                AGE,
                Column::text("Version", "status.nodeInfo"),
                Column::wide("Internal-IP", "status.addresses"),
                Column::wide("External-IP", "status.addresses"),
                Column::wide("OS-Image", "status.nodeInfo"),
                Column::wide("Kernel-Version", "status.nodeInfo"),
                Column::wide("Container-Runtime", "status.nodeInfo"),
            ],
            node,
        ),
        "Event" => (
            vec![
                Column::text("Last Seen", "lastTimestamp"),
                Column::text("Type", "type"),
                Column::text("Reason", "reason"),
                Column::text("Object", "involvedObject"),
                Column::wide("Subobject", "involvedObject.fieldPath"),
                Column::wide("Source", "source"),
                Column::text("Message", "message"),
                Column::wide("First Seen", "firstTimestamp"),
                Column::wide("Count", "count"),
                Column { name: "Name", kind: Kind::Name, wide: true, field: "metadata.name" },
            ],
            event,
        ),
        _ => return None,
    };
    Some(Printer { columns, cells })
}

const CREATED_AT: Column = Column::text("Created At", "metadata.creationTimestamp");

fn node(object: &Value) -> Vec<Value> {
    let status = &object["status"];
    let ready = status["conditions"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|condition| condition["type"] == "Ready")
        .map_or("Unknown", |condition| if condition["status"] == "True" { "Ready" } else { "NotReady" });
    let shown = match object["spec"]["unschedulable"].as_bool() {
        Some(true) => format!("{ready},SchedulingDisabled"),
        _ => ready.to_owned(),
    };
    let info = &status["nodeInfo"];
    let unknown = |value: &Value| value.as_str().filter(|t| !t.is_empty()).unwrap_or("<unknown>").to_owned();
    let kernel = match info["architecture"].as_str() {
        Some(architecture) if !architecture.is_empty() => {
            format!("{} ({architecture})", unknown(&info["kernelVersion"]))
        }
        _ => unknown(&info["kernelVersion"]),
    };
    vec![
        name(object),
        shown.into(),
        roles(object).into(),
        age(object),
        info["kubeletVersion"].clone(),
        address(status, "InternalIP").into(),
        address(status, "ExternalIP").into(),
        unknown(&info["osImage"]).into(),
        kernel.into(),
        unknown(&info["containerRuntimeVersion"]).into(),
    ]
}

fn roles(object: &Value) -> String {
    let mut roles: Vec<&str> = object["metadata"]["labels"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) if !role.is_empty() => Some(role),
            _ if key == "kubernetes.io/role" => value.as_str(),
            _ => None,
        })
        .collect();
    roles.sort_unstable();
    if roles.is_empty() { "<none>".to_owned() } else { roles.join(",") }
}

fn address(status: &Value, kind: &str) -> String {
    let found = status["addresses"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|address| address["type"] == kind)
        .and_then(|address| address["address"].as_str());
    found.unwrap_or("<none>").to_owned()
}

fn event(object: &Value) -> Vec<Value> {
    let first = [&object["firstTimestamp"], &object["eventTime"], &object["metadata"]["creationTimestamp"]];
    let first = first.into_iter().find(|time| time.is_string()).unwrap_or(&Value::Null);
    let last = [&object["series"]["lastObservedTime"], &object["lastTimestamp"], first];
    let last = last.into_iter().find(|time| time.is_string()).unwrap_or(&Value::Null);
    let involved = &object["involvedObject"];
    let kind = object::kind(involved).to_ascii_lowercase();
    let about = match involved["name"].as_str().filter(|name| !name.is_empty()) {
        Some(name) => format!("{kind}/{name}"),
        None => kind,
    };
    let source = [&object["source"]["component"], &object["reportingComponent"], &object["reportingController"]];
    let source = source.into_iter().find_map(Value::as_str).unwrap_or_default();
    let source = match object["source"]["host"].as_str().filter(|host| !host.is_empty()) {
        Some(host) => format!("{source}, {host}"),
        None => source.to_owned(),
    };
    vec![
        since(last).into(),
        object["type"].clone(),
        object["reason"].clone(),
        about.into(),
        involved["fieldPath"].as_str().unwrap_or_default().into(),
        source.into(),
        object["message"].as_str().unwrap_or_default().trim().into(),
        since(first).into(),
        object["count"].as_i64().unwrap_or(1).to_string().into(),
        name(object),
    ]
}
