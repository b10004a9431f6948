//! What a manifest leaves out and `kubectl get -o yaml` shows: the defaults that are the same in every cluster. What a
//! cluster hands out itself (addresses, service accounts) is not known here.

mod missing;
mod network_policy;
mod pod;
mod secret;
mod service;
mod workload;

use serde_json::{Map, Value};

use crate::kinds::group_and_name;
use crate::object::ObjectId;

/// Fills in what the API server fills in by itself. Doing it twice changes nothing.
pub fn default(object: &mut Value) {
    clear_namespace(object);
    let fill = match group_and_name(object) {
        ("", "Pod") => pod::pod,
        ("", "Service") => service::service,
        ("", "ReplicationController") | ("apps", "ReplicaSet") => workload::replica_set,
        ("apps", "Deployment") => workload::deployment,
        ("apps", "StatefulSet") => workload::stateful_set,
        ("apps", "DaemonSet") => workload::daemon_set,
        ("batch", "Job") => workload::job,
        ("batch", "CronJob") => workload::cron_job,
        ("networking.k8s.io", "NetworkPolicy") => network_policy::network_policy,
        ("", "Secret") => return object.as_object_mut().map_or((), secret::secret),
        _ => return,
    };
    let has_always_a_spec = matches!(object["kind"].as_str(), Some("Service" | "NetworkPolicy"));
    if has_always_a_spec && let Some(object) = object.as_object_mut() {
        object.entry("spec").or_insert_with(|| Value::Object(Map::new()));
    }
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
        fill(spec);
    }
}

/// What stands in no namespace names none.
fn clear_namespace(object: &mut Value) {
    if ObjectId::of(object).namespace.is_none()
        && let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.remove("namespace");
    }
}
