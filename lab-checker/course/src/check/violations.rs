//! Whether a learner has left alone what must stay.

use std::borrow::Borrow;
use std::collections::HashMap;

use manifest::ObjectId;
use serde_json::{Map, Value, json};

use crate::labs::Frozen;
use crate::snapshot;

/// Labels that Kubernetes, a platform or we ourselves add.
const ADDED_LABELS: [&str; 9] = [
    manifest::OWN_LABEL,
    "kubernetes.io/metadata.name",
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "controller-uid",
    "job-name",
];

/// What happened to an object that must stay as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    /// The object, as `Kind namespace/name`.
    pub(crate) object: String,
    /// What happened.
    pub(crate) what: Change,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    Deleted,
    Relabelled,
    Edited,
}

impl Violation {
    /// One sentence for the learner.
    pub(crate) fn message(&self) -> String {
        let object = &self.object;
        match self.what {
            Change::Deleted => format!("{object} is gone, and the lab needs it: put it back, or reset the lab"),
            Change::Relabelled => {
                format!("the labels of {object} have changed: leave them as they were, or reset the lab")
            }
            Change::Edited => format!("{object} has changed: leave it as it was, or reset the lab"),
        }
    }
}

/// Whether this object, of a learner's file, is one that must stay, and says the same.
pub(crate) fn repeats(frozen: &Frozen, object: &Value) -> Option<bool> {
    let id = ObjectId::of(object);
    let (_, start) = frozen.objects.iter().find(|(frozen, _)| *frozen == id)?;
    Some(change(start, object).is_none())
}

/// What has happened to the objects that must stay.
pub(crate) fn violations(frozen: &Frozen, now: &[impl Borrow<Value>]) -> Vec<Violation> {
    if frozen.objects.is_empty() {
        return Vec::new();
    }
    let now = now.iter().map(Borrow::borrow);
    let now: HashMap<ObjectId, &Value> = now.map(|object| (ObjectId::of(object), object)).collect();
    let violation = |(id, start): &(ObjectId, Value)| {
        let what = match now.get(id) {
            None => Some(Change::Deleted),
            Some(object) => change(start, object),
        };
        what.map(|what| Violation { object: id.to_string(), what })
    };
    frozen.objects.iter().filter_map(violation).collect()
}

fn change(start: &Value, now: &Value) -> Option<Change> {
    // So it is mostly, and what follows reads the object as an API server does.
    if start == now {
        return None;
    }
    if own_labels(start) != labels_now(now, start) {
        return Some(Change::Relabelled);
    }
    let defaulted = |object: &Value| matters(&crate::snapshot::defaulted(object));
    (!contains(&defaulted(now), &defaulted(start))).then_some(Change::Edited)
}

/// Whether an object says exactly what it said in the start, as far as it matters.
pub(crate) fn is_same(start: &Value, now: &Value) -> bool {
    change(start, now).is_none() && change(now, start).is_none()
}

/// The labels of an object, without those that a cluster adds by itself.
fn own_labels(object: &Value) -> Map<String, Value> {
    let mut labels = object["metadata"]["labels"].as_object().cloned().unwrap_or_default();
    labels.retain(|key, _| !ADDED_LABELS.contains(&key.as_str()));
    labels
}

/// The labels that count in a learner's snapshot: new ones with a prefix on a namespace are the
/// platform's own.
fn labels_now(now: &Value, start: &Value) -> Map<String, Value> {
    let mut labels = own_labels(now);
    if snapshot::kind(now) == "Namespace" {
        labels.retain(|key, _| !key.contains('/') || start["metadata"]["labels"].get(key).is_some());
    }
    labels
}

/// The fields of an object that decide about traffic.
fn matters(object: &Value) -> Value {
    if snapshot::is_workload(object) {
        let template = snapshot::pod_template(object).unwrap_or(&Value::Null);
        return json!({ "labels": template["metadata"]["labels"], "pod": pod(template) });
    }
    match snapshot::kind(object) {
        "Pod" => pod(object),
        "Service" => json!({ "selector": object["spec"]["selector"], "ports": object["spec"]["ports"] }),
        "ConfigMap" => object["data"].clone(),
        "NetworkPolicy" | "ClusterNetworkPolicy" => object["spec"].clone(),
        _ => Value::Null,
    }
}

/// Ports by number and protocol: sidecars that a platform adds change nothing.
fn pod(template: &Value) -> Value {
    let ports: Map<String, Value> = snapshot::list(&template["spec"]["containers"])
        .flat_map(|container| snapshot::list(&container["ports"]))
        .map(|port| {
            let protocol = port["protocol"].as_str().unwrap_or("TCP");
            (format!("{}/{protocol}", port["containerPort"]), port["name"].clone())
        })
        .collect();
    json!({ "hostNetwork": template["spec"]["hostNetwork"] == json!(true), "ports": ports })
}

/// Whether `now` says all that `start` says; an API server may have added to it.
fn contains(now: &Value, start: &Value) -> bool {
    match (now, start) {
        (_, Value::Null) => true,
        (Value::Object(now), Value::Object(start)) => {
            start.iter().all(|(key, value)| contains(now.get(key).unwrap_or(&Value::Null), value))
        }
        (Value::Array(now), Value::Array(start)) => {
            now.len() == start.len() && now.iter().zip(start).all(|(now, start)| contains(now, start))
        }
        (Value::Null, Value::Object(start)) => start.is_empty(),
        (Value::Null, Value::Array(start)) => start.is_empty(),
        (now, start) => now == start,
    }
}
