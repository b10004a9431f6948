//! Pods and what makes them as tables.

use serde_json::Value;

use crate::api::printers::age::{age, human, since};
use crate::api::printers::printer::{
    AGE, Cells, Column, NAME, Printer, count, label_selector, labels, name, text_or_none,
};
use crate::store::object;

/// The printer of a kind, when it is one of these.
pub(super) fn printer(kind: &str) -> Option<Printer> {
    let (columns, cells): (Vec<Column>, Cells) = match kind {
        "Pod" => (POD.to_vec(), pod),
        "Deployment" => (
            vec![
                NAME,
                Column::text("Ready", "status.readyReplicas"),
                Column::text("Up-to-date", "status.updatedReplicas"),
                Column::text("Available", "status.availableReplicas"),
                AGE,
                Column::wide("Containers", "spec.template"),
                Column::wide("Images", "spec.template"),
                Column::wide("Selector", "spec.selector"),
            ],
            deployment,
        ),
        "ReplicaSet" | "ReplicationController" => (
            vec![
                NAME,
                Column::integer("Desired", "spec.replicas"),
                Column::integer("Current", "status.replicas"),
                Column::integer("Ready", "status.readyReplicas"),
                AGE,
                Column::wide("Containers", "spec.template"),
                Column::wide("Images", "spec.template"),
                Column::wide("Selector", "spec.selector"),
            ],
            replica_set,
        ),
        "StatefulSet" => (
            vec![
                NAME,
                Column::text("Ready", "status.readyReplicas"),
                AGE,
                Column::wide("Containers", "spec.template"),
                Column::wide("Images", "spec.template"),
            ],
            |o| {
                let ready = format!("{}/{}", count(&o["status"]["readyReplicas"]), count(&o["spec"]["replicas"]));
                vec![name(o), ready.into(), age(o), containers(o, "name").into(), containers(o, "image").into()]
            },
        ),
        "ControllerRevision" => {
            (vec![NAME, Column::text("Controller", "metadata"), Column::integer("Revision", "revision"), AGE], |o| {
                let owner = &o["metadata"]["ownerReferences"][0];
                let group = object::api_version(owner).split_once('/').map_or("", |(group, _)| group);
                let kind = format!("{}.{group}", object::kind(owner).to_lowercase());
                let controller = match owner["name"].as_str() {
                    Some(name) => format!("{}/{name}", kind.trim_end_matches('.')),
                    None => "<none>".to_owned(),
                };
                vec![name(o), controller.into(), o["revision"].clone(), age(o)]
            })
        }
        "DaemonSet" => (
            vec![
                NAME,
                Column::integer("Desired", "status.desiredNumberScheduled"),
                Column::integer("Current", "status.currentNumberScheduled"),
                Column::integer("Ready", "status.numberReady"),
                Column::integer("Up-to-date", "status.updatedNumberScheduled"),
                Column::integer("Available", "status.numberAvailable"),
                Column::text("Node Selector", "spec.template"),
                AGE,
                Column::wide("Containers", "spec.template"),
                Column::wide("Images", "spec.template"),
                Column::wide("Selector", "spec.selector"),
            ],
            daemon_set,
        ),
        "Job" => (
            vec![
                NAME,
                Column::text("Status", "status"),
                Column::text("Completions", "status.succeeded"),
                Column::text("Duration", "status"),
                AGE,
                Column::wide("Containers", "spec.template"),
                Column::wide("Images", "spec.template"),
                Column::wide("Selector", "spec.selector"),
            ],
            job,
        ),
        "CronJob" => (
            vec![
                NAME,
                Column::text("Schedule", "spec.schedule"),
                Column::text("Timezone", "spec.timeZone"),
                Column::text("Suspend", "spec.suspend"),
                Column::integer("Active", "status.active"),
                Column::text("Last Schedule", "status.lastScheduleTime"),
                AGE,
            ],
            cron_job,
        ),
        _ => return None,
    };
    Some(Printer { columns, cells })
}

const POD: &[Column] = &[
    NAME,
    Column::text("Ready", "status.containerStatuses"),
    Column::text("Status", "status.phase"),
    Column::text("Restarts", "status.containerStatuses"),
    AGE,
    Column::wide("IP", "status.podIP"),
    Column::wide("Node", "spec.nodeName"),
    Column::wide("Nominated Node", "status.nominatedNodeName"),
    Column::wide("Readiness Gates", "spec.readinessGates"),
];

fn pod(object: &Value) -> Vec<Value> {
    let status = &object["status"];
    let statuses = status["containerStatuses"].as_array().map_or(&[][..], Vec::as_slice);
    let ready = statuses.iter().filter(|c| c["ready"] == true && !c["state"]["running"].is_null()).count();
    let total = object["spec"]["containers"].as_array().map_or(0, Vec::len);
    let restarts: i64 = statuses.iter().map(|c| count(&c["restartCount"])).sum();
    let restarts = match last_restart(statuses) {
        Some(moment) if restarts > 0 => format!("{restarts} ({} ago)", since(moment)),
        _ => restarts.to_string(),
    };
    vec![
        name(object),
        format!("{ready}/{total}").into(),
        pod_status(object).into(),
        restarts.into(),
        age(object),
        text_or_none(&status["podIP"]),
        text_or_none(&object["spec"]["nodeName"]),
        text_or_none(&status["nominatedNodeName"]),
        "<none>".into(),
    ]
}

fn last_restart(statuses: &[Value]) -> Option<&Value> {
    statuses
        .iter()
        .map(|c| &c["lastState"]["terminated"]["finishedAt"])
        .filter(|time| time.is_string())
        .max_by(|a, b| a.as_str().cmp(&b.as_str()))
}

/// One word for how a pod is: its phase, or the more telling state of a container.
fn pod_status(object: &Value) -> String {
    let status = &object["status"];
    let phase = status["phase"].as_str().unwrap_or("Unknown");
    let mut word = status["reason"].as_str().filter(|r| !r.is_empty()).unwrap_or(phase).to_owned();
    let statuses = status["containerStatuses"].as_array().map_or(&[][..], Vec::as_slice);
    match initializing(object) {
        Some(initializing) => word = initializing,
        None => {
            let mut running = false;
            for container in statuses.iter().rev() {
                match container_word(container) {
                    Some(reason) => word = reason,
                    None => running |= container["ready"] == true && !container["state"]["running"].is_null(),
                }
            }
            if word == "Completed" && running {
                word = "Running".to_owned();
            }
        }
    }
    if object::terminating(object) && !matches!(phase, "Succeeded" | "Failed") {
        return "Terminating".to_owned();
    }
    word
}

fn container_word(container: &Value) -> Option<String> {
    let state = &container["state"];
    let reason = |part: &Value| part["reason"].as_str().filter(|r| !r.is_empty()).map(str::to_owned);
    if let Some(reason) = reason(&state["waiting"]) {
        return Some(reason);
    }
    let ended = &state["terminated"];
    if ended.is_null() {
        return None;
    }
    reason(ended).or_else(|| Some(format!("ExitCode:{}", count(&ended["exitCode"]))))
}

/// `Init:0/1` while init containers run.
fn initializing(object: &Value) -> Option<String> {
    let statuses = object["status"]["initContainerStatuses"].as_array()?;
    let total = object["spec"]["initContainers"].as_array().map_or(0, Vec::len);
    for (position, container) in statuses.iter().enumerate() {
        let state = &container["state"];
        if state["terminated"]["exitCode"] == 0 || container["started"] == true {
            continue;
        }
        return Some(match container_word(container) {
            Some(word) if word != "PodInitializing" => format!("Init:{word}"),
            _ => format!("Init:{position}/{total}"),
        });
    }
    None
}

fn containers(object: &Value, field: &str) -> String {
    let list = object["spec"]["template"]["spec"]["containers"].as_array().into_iter().flatten();
    list.filter_map(|container| container[field].as_str()).collect::<Vec<_>>().join(",")
}

fn deployment(object: &Value) -> Vec<Value> {
    let status = &object["status"];
    vec![
        name(object),
        format!("{}/{}", count(&status["readyReplicas"]), count(&object["spec"]["replicas"])).into(),
        count(&status["updatedReplicas"]).to_string().into(),
        count(&status["availableReplicas"]).to_string().into(),
        age(object),
        containers(object, "name").into(),
        containers(object, "image").into(),
        label_selector(&object["spec"]["selector"]).into(),
    ]
}

fn replica_set(object: &Value) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let selector = match object::kind(object) {
        "ReplicaSet" => label_selector(&spec["selector"]),
        _ => labels(&spec["selector"]),
    };
    vec![
        name(object),
        count(&spec["replicas"]).into(),
        count(&status["replicas"]).into(),
        count(&status["readyReplicas"]).into(),
        age(object),
        containers(object, "name").into(),
        containers(object, "image").into(),
        selector.into(),
    ]
}

fn daemon_set(object: &Value) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    vec![
        name(object),
        count(&status["desiredNumberScheduled"]).into(),
        count(&status["currentNumberScheduled"]).into(),
        count(&status["numberReady"]).into(),
        count(&status["updatedNumberScheduled"]).into(),
        count(&status["numberAvailable"]).into(),
        labels(&spec["template"]["spec"]["nodeSelector"]).into(),
        age(object),
        containers(object, "name").into(),
        containers(object, "image").into(),
        label_selector(&spec["selector"]).into(),
    ]
}

fn job(object: &Value) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let has = |kind: &str| {
        status["conditions"].as_array().into_iter().flatten().any(|c| c["type"] == kind && c["status"] == "True")
    };
    let word = ["Complete", "Failed", "Suspended"].into_iter().find(|kind| has(kind)).unwrap_or("Running");
    let succeeded = count(&status["succeeded"]);
    let completions = match (spec["completions"].as_i64(), spec["parallelism"].as_i64()) {
        (Some(wanted), _) => format!("{succeeded}/{wanted}"),
        (None, Some(parallel)) if parallel > 1 => format!("{succeeded}/1 of {parallel}"),
        _ => format!("{succeeded}/1"),
    };
    let moment = |field: &str| status[field].as_str().and_then(|t| t.parse::<jiff::Timestamp>().ok());
    let duration = match (moment("startTime"), moment("completionTime")) {
        (None, _) => String::new(),
        (Some(_), None) => since(&status["startTime"]),
        (Some(start), Some(end)) => human(end.as_second() - start.as_second()),
    };
    vec![
        name(object),
        word.into(),
        completions.into(),
        duration.into(),
        age(object),
        containers(object, "name").into(),
        containers(object, "image").into(),
        label_selector(&spec["selector"]).into(),
    ]
}

fn cron_job(object: &Value) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let last = match status["lastScheduleTime"].is_string() {
        true => since(&status["lastScheduleTime"]),
        false => "<none>".to_owned(),
    };
    let suspended = if spec["suspend"] == true { "True" } else { "False" };
    vec![
        name(object),
        text_or_none(&spec["schedule"]),
        text_or_none(&spec["timeZone"]),
        suspended.into(),
        status["active"].as_array().map_or(0, Vec::len).into(),
        last.into(),
        age(object),
    ]
}
