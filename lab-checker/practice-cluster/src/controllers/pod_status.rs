//! The status of a pod: conditions, phase and container statuses, put together from what its containers do.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::store::object;

/// What a container does at the moment.
pub(super) enum Doing {
    /// It waits, for the reason and with the message given.
    Waiting(&'static str, Option<String>),
    /// It runs since a time, under an identifier of the container runtime's.
    Running(String, String),
}

/// The containers of a pod that run, with their number of restarts: what the runtime must keep alive.
pub(crate) fn running_containers(pod: &Value) -> impl Iterator<Item = (&str, u64)> {
    ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"]
        .into_iter()
        .filter_map(|list| pod["status"][list].as_array())
        .flatten()
        .filter(|status| status["state"].get("running").is_some())
        .filter_map(|status| Some((status["name"].as_str()?, status["restartCount"].as_u64().unwrap_or(0))))
}

/// A status entry for a container of the spec, as a change of the entry before it.
pub(super) fn container(spec: &Value, before: Option<&Value>, doing: Doing) -> Value {
    let image = spec["image"].as_str().unwrap_or_default();
    let mut status = before.cloned().unwrap_or_else(|| {
        json!({"name": spec["name"], "lastState": {}, "ready": false, "restartCount": 0, "started": false, "resources": {}})
    });
    match doing {
        Doing::Waiting(reason, message) => {
            let mut waiting = json!({"reason": reason});
            if let Some(message) = message {
                waiting["message"] = json!(message);
            }
            status["state"] = json!({"waiting": waiting});
            status["ready"] = json!(false);
            status["started"] = json!(false);
            status["image"] = json!(image);
            status["imageID"] = before.map_or(json!(""), |before| before["imageID"].clone());
        }
        Doing::Running(since, id) => {
            status["state"] = json!({"running": {"startedAt": since}});
            status["ready"] = json!(true);
            status["started"] = json!(true);
            status["image"] = json!(full_reference(image));
            status["imageID"] = json!(image_id(image));
            status["containerID"] = json!(format!("containerd://{id}"));
            if let Some(mounts) = spec["volumeMounts"].as_array() {
                status["volumeMounts"] = mounts.iter().map(mount).collect();
            }
        }
    }
    status
}

fn mount(mount: &Value) -> Value {
    let mut shown = json!({"mountPath": mount["mountPath"], "name": mount["name"]});
    if mount["readOnly"] == true {
        shown["readOnly"] = json!(true);
        shown["recursiveReadOnly"] = json!("Disabled");
    }
    shown
}

/// An image's name with registry and tag, as containerd reports it.
pub(super) fn full_reference(image: &str) -> String {
    let (first, rest) = image.split_once('/').unwrap_or(("", image));
    let registry = first.contains(['.', ':']) || first == "localhost";
    let named = match (registry, first) {
        (true, _) => image.to_owned(),
        (false, "") => format!("docker.io/library/{rest}"),
        (false, _) => format!("docker.io/{image}"),
    };
    let last = named.rsplit('/').next().unwrap_or(&named);
    if last.contains([':', '@']) { named } else { format!("{named}:latest") }
}

fn image_id(image: &str) -> String {
    let digest = Sha256::digest(full_reference(image).as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if image.starts_with("local/") {
        // What was built on the node has no digest of a registry.
        return format!("sha256:{hex}");
    }
    let full = full_reference(image);
    let last = full.rfind('/').map_or(0, |at| at + 1);
    let name = full[last..].split([':', '@']).next().unwrap_or_default();
    format!("{}{name}@sha256:{hex}", &full[..last])
}

/// Sets a condition; its transition time changes with its status only.
pub(super) fn set_condition(pod: &mut Value, kind: &str, holds: bool, why: Option<(&str, String)>, now: &str) {
    let generation = pod["metadata"]["generation"].clone();
    let status = object::child_mut(pod, "status");
    let list = status.entry("conditions").or_insert_with(|| json!([]));
    let Some(list) = list.as_array_mut() else { return };
    let text = if holds { "True" } else { "False" };
    let before = list.iter().position(|condition| condition["type"] == kind);
    let since = before.map(|at| &list[at]).filter(|condition| condition["status"] == text);
    let since = since.map_or_else(|| json!(now), |condition| condition["lastTransitionTime"].clone());
    let mut condition = json!({"lastProbeTime": null, "lastTransitionTime": since});
    if let Some((reason, message)) = why {
        if !message.is_empty() {
            condition["message"] = json!(message);
        }
        condition["reason"] = json!(reason);
    }
    condition["observedGeneration"] = generation;
    condition["status"] = json!(text);
    condition["type"] = json!(kind);
    match before {
        Some(at) => list[at] = condition,
        None => list.push(condition),
    }
}

/// The order in which a kubelet writes the conditions.
const ORDER: [&str; 5] = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];

/// Works out phase and conditions from the container statuses.
pub(super) fn summarise(pod: &mut Value, now: &str) {
    let statuses = pod["status"]["containerStatuses"].as_array().cloned().unwrap_or_default();
    let running = statuses.iter().any(|status| status["state"].get("running").is_some());
    let ended = |status: &Value| status["state"].get("terminated").is_some();
    let over = !statuses.is_empty() && statuses.iter().all(ended);
    let failed = statuses.iter().any(|status| status["state"]["terminated"]["exitCode"].as_i64().unwrap_or(0) != 0);
    // A container that crashed and will be started again keeps its pod in phase Running.
    let crashed = statuses.iter().any(|status| status["lastState"].get("terminated").is_some() || ended(status));
    let phase = match (over, failed) {
        (true, true) => "Failed",
        (true, false) => "Succeeded",
        (false, _) if running || crashed => "Running",
        (false, _) => "Pending",
    };
    pod["status"]["phase"] = json!(phase);
    let unready: Vec<&str> =
        statuses.iter().filter(|status| status["ready"] != true).filter_map(|status| status["name"].as_str()).collect();
    let why = match phase {
        "Succeeded" => Some(("PodCompleted", String::new())),
        "Failed" => Some(("PodFailed", String::new())),
        _ if !unready.is_empty() => {
            Some(("ContainersNotReady", format!("containers with unready status: [{}]", unready.join(" "))))
        }
        _ => None,
    };
    let ready = why.is_none();
    let initialized = init_done(pod);
    let waits = (!initialized).then(|| ("ContainersNotInitialized", not_initialized(pod)));
    let completed = initialized && phase == "Succeeded";
    set_condition(pod, "PodReadyToStartContainers", !over && pod["status"]["podIP"].is_string(), None, now);
    let initial = if completed { Some(("PodCompleted", String::new())) } else { waits };
    set_condition(pod, "Initialized", initialized, initial, now);
    set_condition(pod, "Ready", ready, why.clone(), now);
    set_condition(pod, "ContainersReady", ready, why, now);
    set_condition(pod, "PodScheduled", true, None, now);
    if let Some(conditions) = pod["status"]["conditions"].as_array_mut() {
        let place = |condition: &Value| ORDER.iter().position(|kind| condition["type"] == *kind);
        conditions.sort_by_key(|condition| place(condition).unwrap_or(ORDER.len()));
    }
    pod["status"]["observedGeneration"] = pod["metadata"]["generation"].clone();
}

/// Whether every init container ran to its end, or is a sidecar that runs.
pub(super) fn init_done(pod: &Value) -> bool {
    let statuses = pod["status"]["initContainerStatuses"].as_array();
    statuses.is_none_or(|statuses| statuses.iter().all(init_passed))
}

/// Whether the container behind an init container may start.
pub(super) fn init_passed(status: &Value) -> bool {
    // Only a sidecar is `started` while it counts as passed.
    status["state"]["terminated"]["exitCode"] == 0 || status["started"] == true
}

fn not_initialized(pod: &Value) -> String {
    let statuses = pod["status"]["initContainerStatuses"].as_array().cloned().unwrap_or_default();
    let names: Vec<&str> =
        statuses.iter().filter(|status| !init_passed(status)).filter_map(|status| status["name"].as_str()).collect();
    format!("containers with incomplete status: [{}]", names.join(" "))
}
