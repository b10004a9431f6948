//! What a learner must leave alone, and whether it was left alone.

use std::collections::{BTreeSet, HashMap};

use manifest::ObjectId;
use serde_json::{Map, Value, json};

use crate::objects;

/// Kinds that every snapshot holds; others of a lab's start cannot be looked for.
const SEEN: [&str; 12] = [
    "Namespace",
    "Pod",
    "Service",
    "NetworkPolicy",
    "ClusterNetworkPolicy",
    "ConfigMap",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "Job",
    "CronJob",
];

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

/// Which objects of a lab's start must stay.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frozen {
    objects: Vec<(ObjectId, Value)>,
}

impl Frozen {
    /// The objects of the start that are not of a kind that may change, and the ones that are named.
    pub(crate) fn new(start: &[Value], may_change: &[String], named: &BTreeSet<String>) -> Self {
        let objects = start
            .iter()
            .map(|object| (ObjectId::of(object), object))
            .filter(|(id, _)| SEEN.contains(&id.kind.as_str()))
            .filter(|(id, _)| !may_change.contains(&id.kind) || named.contains(&id.to_string()))
            .map(|(id, object)| (id, object.clone()))
            .collect();
        Self { objects }
    }

    /// Whether nothing must stay.
    pub(crate) fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Whether this object, of a learner's file, is one that must stay, and says the same.
    pub(crate) fn repeats(&self, object: &Value) -> Option<bool> {
        let id = ObjectId::of(object);
        let (_, start) = self.objects.iter().find(|(frozen, _)| *frozen == id)?;
        Some(change(start, object).is_none())
    }

    /// What has happened to the objects that must stay.
    pub(crate) fn violations(&self, now: &[Value]) -> Vec<Violation> {
        let now: HashMap<ObjectId, &Value> = now.iter().map(|object| (ObjectId::of(object), object)).collect();
        let violation = |(id, start): &(ObjectId, Value)| {
            let what = match now.get(id) {
                None => Some(Change::Deleted),
                Some(object) => change(start, object),
            };
            what.map(|what| Violation { object: id.to_string(), what })
        };
        self.objects.iter().filter_map(violation).collect()
    }
}

fn change(start: &Value, now: &Value) -> Option<Change> {
    if own_labels(start) != labels_now(now, start) {
        return Some(Change::Relabelled);
    }
    let defaulted = |object: &Value| matters(&crate::validity::defaulted(object));
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
    if objects::kind(now) == "Namespace" {
        labels.retain(|key, _| !key.contains('/') || start["metadata"]["labels"].get(key).is_some());
    }
    labels
}

/// The fields of an object that decide about traffic.
fn matters(object: &Value) -> Value {
    if objects::is_workload(object) {
        let template = objects::pod_template(object).unwrap_or(&Value::Null);
        return json!({ "labels": template["metadata"]["labels"], "pod": pod(template) });
    }
    match objects::kind(object) {
        "Pod" => pod(object),
        "Service" => json!({ "selector": object["spec"]["selector"], "ports": object["spec"]["ports"] }),
        "ConfigMap" => object["data"].clone(),
        "NetworkPolicy" | "ClusterNetworkPolicy" => object["spec"].clone(),
        _ => Value::Null,
    }
}

/// Ports by number and protocol: sidecars that a platform adds change nothing.
fn pod(template: &Value) -> Value {
    let ports: Map<String, Value> = objects::list(&template["spec"]["containers"])
        .flat_map(|container| objects::list(&container["ports"]))
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
