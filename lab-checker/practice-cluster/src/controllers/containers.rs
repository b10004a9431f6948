//! Containers: pulled, started, ended, started again.

use std::time::Duration;

use jiff::Timestamp;
use pod::image::{self, Pull};
use serde_json::{Value, json};

use super::events::{self, Event};
use super::pod_status::{self, Doing};
use super::probes;
use crate::incoming::names;
use crate::resource;
use crate::status::Status;
use crate::store::object;
use crate::store::state::Key;
use crate::store::task::Task;
use crate::store::transaction::Transaction;

/// How a container's main process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exit {
    /// How often the container had been started again before this process.
    pub(crate) restarts: u64,
    /// Its exit code.
    pub(crate) code: u8,
    /// When it began.
    pub(crate) started: Timestamp,
    /// When it ended.
    pub(crate) finished: Timestamp,
}

const INIT: [&str; 2] = ["initContainers", "initContainerStatuses"];
const MAIN: [&str; 2] = ["containers", "containerStatuses"];
const EPHEMERAL: [&str; 2] = ["ephemeralContainers", "ephemeralContainerStatuses"];
/// How long an image that cannot be pulled shows ErrImagePull before it shows ImagePullBackOff.
const PULL_BACK_OFF: Duration = Duration::from_secs(12);
/// A container that ran this long is started again at once when it ends.
const STEADY_SECONDS: i64 = 600;

/// Starts what may start: the next init container, or all containers.
pub(super) fn start(tx: &mut Transaction, mut pod: Value) {
    let mut said = Vec::new();
    let inits = pod["spec"]["initContainers"].as_array().map_or(0, Vec::len);
    for index in 0..inits {
        launch(tx, &mut pod, INIT, index, &mut said);
        if !pod_status::init_passed(&pod["status"]["initContainerStatuses"][index]) {
            break;
        }
    }
    if pod_status::init_done(&pod) {
        let count = pod["spec"]["containers"].as_array().map_or(0, Vec::len);
        for index in 0..count {
            launch(tx, &mut pod, MAIN, index, &mut said);
        }
    }
    finish(tx, pod, &said);
}

/// Stores a pod whose container statuses changed, with its events.
fn finish(tx: &mut Transaction, mut pod: Value, said: &[Said]) {
    pod_status::summarise(&mut pod, &tx.now_text());
    let stored = tx.update(pod);
    for Said { container, reason, message, warning } in said {
        let event = Event::of_container(container, reason, message.as_str());
        events::record(tx, &stored, &if *warning { event.warning() } else { event });
    }
}

/// An event to come, when the pod is stored.
struct Said {
    container: String,
    reason: &'static str,
    message: String,
    warning: bool,
}

/// Starts one waiting container, or says why it cannot.
fn launch(tx: &mut Transaction, pod: &mut Value, [specs, statuses]: [&str; 2], index: usize, said: &mut Vec<Said>) {
    let spec = pod["spec"][specs][index].clone();
    let before = pod["status"][statuses].get(index).cloned();
    if before.as_ref().is_some_and(|status| status["state"].get("waiting").is_none()) {
        return;
    }
    let name = spec["name"].as_str().unwrap_or_default().to_owned();
    let mut say = |reason, message: String, warning| {
        said.push(Said { container: name.clone(), reason, message, warning });
    };
    let image = spec["image"].as_str().unwrap_or_default();
    let policy = spec["imagePullPolicy"].as_str().unwrap_or("IfNotPresent");
    let doing = match image::pull(image, policy) {
        Pull::Present => {
            say(
                "Pulled",
                format!("Container image \"{image}\" already present on machine and can be accessed by the pod"),
                false,
            );
            None
        }
        Pull::Pulled { milliseconds, bytes } => {
            say("Pulling", format!("Pulling image \"{image}\""), false);
            let took = match milliseconds {
                1000.. => format!("{}.{:03}s", milliseconds / 1000, milliseconds % 1000),
                _ => format!("{milliseconds}ms"),
            };
            say(
                "Pulled",
                format!(
                    "Successfully pulled image \"{image}\" in {took} ({took} including waiting). Image size: {bytes} bytes."
                ),
                false,
            );
            None
        }
        Pull::Refused(reason, message) => {
            if reason == "ErrImagePull" {
                say("Pulling", format!("Pulling image \"{image}\""), false);
                say("Failed", format!("Failed to pull image \"{image}\": {message}"), true);
                schedule(tx, pod, PULL_BACK_OFF);
            } else {
                say(reason, message.clone(), true);
            }
            say("Failed", format!("Error: {reason}"), true);
            Some(Doing::Waiting(reason, Some(message)))
        }
    };
    let doing = doing.unwrap_or_else(|| match missing_configuration(tx, pod, &spec) {
        Some(message) => {
            say("Failed", format!("Error: {message}"), true);
            Doing::Waiting("CreateContainerConfigError", Some(message))
        }
        None => {
            say("Created", "Container created".to_owned(), false);
            say("Started", "Container started".to_owned(), false);
            let seed = format!("{}/{}/{index}", object::namespace(pod), object::name(pod));
            Doing::Running(tx.now_text(), names::hexadecimal(tx, &seed, 64))
        }
    });
    let running = matches!(doing, Doing::Running(..));
    let mut status = pod_status::container(&spec, before.as_ref(), doing);
    if running && let Some(failure) = probes::failing(pod, &spec) {
        status["ready"] = json!(false);
        say("Unhealthy", failure, true);
    }
    // An init container that runs is not `started`, unless it is a sidecar.
    if specs == "initContainers" && spec["restartPolicy"] != "Always" {
        status["started"] = json!(false);
        status["ready"] = json!(false);
    }
    if specs == "ephemeralContainers" {
        status["ready"] = json!(false);
    }
    put(pod, statuses, index, status);
}

fn put(pod: &mut Value, statuses: &str, index: usize, status: Value) {
    let list = object::child_mut(pod, "status").entry(statuses).or_insert_with(|| json!([]));
    if let Some(list) = list.as_array_mut() {
        match list.get_mut(index) {
            Some(place) => *place = status,
            None => list.push(status),
        }
    }
}

fn schedule(tx: &mut Transaction, pod: &Value, after: Duration) {
    if let Some(key) = Key::of(pod) {
        tx.schedule(after, Task::Retry { object: key, uid: object::uid(pod).to_owned() });
    }
}

/// Reacts to a changed spec: an image of a running container, a new ephemeral container.
pub(super) fn spec_changed(tx: &mut Transaction, before: &Value, after: &Value) {
    let mut pod = after.clone();
    let mut said = Vec::new();
    for names in [INIT, MAIN] {
        let count = pod["spec"][names[0]].as_array().map_or(0, Vec::len);
        for index in 0..count {
            let image = |pod: &Value| pod["spec"][names[0]][index]["image"].clone();
            let known = pod["status"][names[1]].get(index).is_some();
            if known && image(before) != image(&pod) && pod["status"]["podIP"].is_string() {
                let status = &mut pod["status"][names[1]][index];
                if status["state"].get("running").is_some() {
                    let now = tx.now_text();
                    status["lastState"] = json!({"terminated": {
                        "containerID": status["containerID"], "exitCode": 0, "reason": "Completed",
                        "startedAt": status["state"]["running"]["startedAt"], "finishedAt": now,
                    }});
                    status["restartCount"] = json!(status["restartCount"].as_u64().unwrap_or(0).saturating_add(1));
                }
                status["state"] = json!({"waiting": {"reason": "ContainerCreating"}});
                launch(tx, &mut pod, names, index, &mut said);
            }
        }
    }
    let ephemeral = pod["spec"][EPHEMERAL[0]].as_array().map_or(0, Vec::len);
    for index in pod["status"][EPHEMERAL[1]].as_array().map_or(0, Vec::len)..ephemeral {
        launch(tx, &mut pod, EPHEMERAL, index, &mut said);
    }
    if !said.is_empty() {
        finish(tx, pod, &said);
    }
}

/// Tries the waiting containers of a pod again.
pub(super) fn again(tx: &mut Transaction, mut pod: Value) {
    let mut said = Vec::new();
    for names in [INIT, MAIN, EPHEMERAL] {
        let count = pod["status"][names[1]].as_array().map_or(0, Vec::len);
        for index in 0..count {
            let status = &mut pod["status"][names[1]][index];
            let name = status["name"].as_str().unwrap_or_default().to_owned();
            let image = status["image"].as_str().unwrap_or_default().to_owned();
            match status["state"]["waiting"]["reason"].as_str() {
                Some("CrashLoopBackOff") => {
                    status["restartCount"] = json!(status["restartCount"].as_u64().unwrap_or(0).saturating_add(1));
                    launch(tx, &mut pod, names, index, &mut said);
                }
                Some("CreateContainerConfigError") => launch(tx, &mut pod, names, index, &mut said),
                Some("ErrImagePull") => {
                    let cause = status["state"]["waiting"]["message"].as_str().unwrap_or_default();
                    let message = format!("Back-off pulling image \"{image}\": ErrImagePull: {cause}");
                    status["state"] = json!({"waiting": {"reason": "ImagePullBackOff", "message": message}});
                    let mut say = |reason, message: String, warning| {
                        said.push(Said { container: name.clone(), reason, message, warning });
                    };
                    say("BackOff", format!("Back-off pulling image \"{image}\""), false);
                    say("Failed", "Error: ImagePullBackOff".to_owned(), true);
                }
                _ => {}
            }
        }
    }
    if !said.is_empty() {
        finish(tx, pod, &said);
    }
}

/// The main process of a container ended: the pod's restart policy says what follows.
pub(crate) fn exited(tx: &mut Transaction, key: &Key, uid: &str, container: &str, exit: &Exit) -> Result<(), Status> {
    let Some(pod) = tx.get(key).cloned() else { return Ok(()) };
    if object::uid(&pod) != uid || object::terminating(&pod) {
        return Ok(());
    }
    let mut pod = Value::clone(&pod);
    let place = [INIT, MAIN, EPHEMERAL].into_iter().find_map(|names| {
        let statuses = pod["status"][names[1]].as_array()?;
        Some((names, statuses.iter().position(|status| status["name"] == container)?))
    });
    let Some((names, index)) = place else { return Ok(()) };
    let status = &mut pod["status"][names[1]][index];
    // Another server of the same database may have been first to say so, and have started it again.
    if status["state"].get("running").is_none() || status["restartCount"].as_u64().unwrap_or(0) != exit.restarts {
        return Ok(());
    }
    let terminated = terminated(status, exit);
    status["ready"] = json!(names == INIT && exit.code == 0);
    status["started"] = json!(false);
    status["state"] = json!({"terminated": terminated});
    let spec = &pod["spec"];
    let sidecar = names == INIT && spec[INIT[0]][index]["restartPolicy"] == "Always";
    let policy = if sidecar { "Always" } else { spec["restartPolicy"].as_str().unwrap_or("Always") };
    let wanted = match (names, policy) {
        (EPHEMERAL, _) | (_, "Never") => false,
        (INIT, _) if !sidecar => exit.code != 0,
        (_, "Always") => true,
        _ => exit.code != 0,
    };
    if wanted {
        restart(tx, pod, names, index, exit);
    } else if names == INIT && exit.code == 0 {
        start(tx, pod);
    } else {
        finish(tx, pod, &[]);
    }
    Ok(())
}

fn terminated(status: &Value, exit: &Exit) -> Value {
    let time = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    json!({
        "containerID": status["containerID"],
        "exitCode": exit.code,
        "finishedAt": time(exit.finished),
        "reason": if exit.code == 0 { "Completed" } else { "Error" },
        "startedAt": time(exit.started),
    })
}

/// Starts an ended container again: at once the first time, then after growing pauses.
fn restart(tx: &mut Transaction, mut pod: Value, names: [&'static str; 2], index: usize, exit: &Exit) {
    let uid = object::uid(&pod).to_owned();
    let (namespace, name) = (object::namespace(&pod).to_owned(), object::name(&pod).to_owned());
    let status = &mut pod["status"][names[1]][index];
    status["lastState"] = status["state"].clone();
    let count = status["restartCount"].as_u64().unwrap_or(0);
    let container = status["name"].as_str().unwrap_or_default().to_owned();
    let steady = exit.finished.as_second() - exit.started.as_second() >= STEADY_SECONDS;
    let mut said = Vec::new();
    if count == 0 || steady {
        status["restartCount"] = json!(count.saturating_add(1));
        status["state"] = json!({"waiting": {"reason": "ContainerCreating"}});
        launch(tx, &mut pod, names, index, &mut said);
    } else {
        let seconds = 10_u64.saturating_mul(1 << (count - 1).min(5)).min(300);
        let pause = match seconds {
            60.. if seconds.is_multiple_of(60) => format!("{}m0s", seconds / 60),
            60.. => format!("{}m{}s", seconds / 60, seconds % 60),
            _ => format!("{seconds}s"),
        };
        let message = format!("back-off {pause} restarting failed container={container} pod={name}_{namespace}({uid})");
        status["state"] = json!({"waiting": {"reason": "CrashLoopBackOff", "message": message}});
        let message = format!("Back-off restarting failed container {container} in pod {name}_{namespace}({uid})");
        said.push(Said { container, reason: "BackOff", message, warning: true });
        schedule(tx, &pod, Duration::from_secs(seconds));
    }
    finish(tx, pod, &said);
}

/// Why the volumes of a pod cannot be mounted.
pub(super) fn missing_volume(tx: &Transaction, pod: &Value) -> Option<String> {
    let namespace = object::namespace(pod);
    pod["spec"]["volumes"].as_array()?.iter().find_map(|volume| {
        let (kind, plural, name) = match (&volume["configMap"], &volume["secret"]) {
            (Value::Object(map), _) => ("configmap", "configmaps", map.get("name")?),
            (_, Value::Object(map)) => ("secret", "secrets", map.get("secretName")?),
            _ => return None,
        };
        let optional = volume["configMap"]["optional"] == true || volume["secret"]["optional"] == true;
        let name = name.as_str()?;
        let missing = !optional && tx.find(resource::known("", plural), namespace, name).is_none();
        let volume = volume["name"].as_str().unwrap_or_default();
        missing.then(|| format!("MountVolume.SetUp failed for volume \"{volume}\" : {kind} \"{name}\" not found"))
    })
}

/// Why the environment of a container cannot be made.
fn missing_configuration(tx: &Transaction, pod: &Value, spec: &Value) -> Option<String> {
    let namespace = object::namespace(pod);
    let look = |kind: &str, plural: &str, reference: &Value| {
        let name = reference["name"].as_str()?;
        if reference["optional"] == true {
            return None;
        }
        let Some(found) = tx.find(resource::known("", plural), namespace, name) else {
            return Some(format!("{kind} \"{name}\" not found", kind = kind.to_lowercase()));
        };
        let key = reference["key"].as_str()?;
        let there = ["data", "stringData", "binaryData"].iter().any(|data| found[*data].get(key).is_some());
        (!there).then(|| format!("couldn't find key {key} in {kind} {namespace}/{name}"))
    };
    let variables = spec["env"].as_array().into_iter().flatten().map(|variable| &variable["valueFrom"]);
    let wholes = spec["envFrom"].as_array().into_iter().flatten();
    variables
        .flat_map(|from| {
            [("ConfigMap", "configmaps", &from["configMapKeyRef"]), ("Secret", "secrets", &from["secretKeyRef"])]
        })
        .chain(wholes.flat_map(|from| {
            [("ConfigMap", "configmaps", &from["configMapRef"]), ("Secret", "secrets", &from["secretRef"])]
        }))
        .find_map(|(kind, plural, reference)| look(kind, plural, reference))
}

/// Whether a container waits for a ConfigMap or a Secret.
pub(super) fn waits_for_configuration(pod: &Value) -> bool {
    has_reason(pod, &["CreateContainerConfigError"])
}

/// Whether a container waits for another try.
pub(super) fn in_back_off(pod: &Value) -> bool {
    has_reason(pod, &["CrashLoopBackOff", "ErrImagePull"])
}

fn has_reason(pod: &Value, reasons: &[&str]) -> bool {
    let lists = [INIT, MAIN, EPHEMERAL].into_iter().filter_map(|names| pod["status"][names[1]].as_array());
    lists
        .flatten()
        .any(|status| status["state"]["waiting"]["reason"].as_str().is_some_and(|why| reasons.contains(&why)))
}
