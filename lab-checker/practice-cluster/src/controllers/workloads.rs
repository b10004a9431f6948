//! What all workloads share: the pods that they own, and making one from a template.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::events::{self, Event, Source};
use crate::incoming::names;
use crate::resource;
use crate::status::Status;
use crate::store::object;
use crate::store::queue::Work;
use crate::store::state::Key;
use crate::store::transaction::Transaction;

/// The object that a reference to an owner means.
pub(super) fn owner_key(namespace: &str, owner: &Value) -> Option<Key> {
    let text = |field: &str| owner[field].as_str().unwrap_or_default();
    let resource = resource::by_kind(text("apiVersion"), text("kind"))?;
    Some(Key::new(resource, namespace, text("name")))
}

/// The owner that controls an object.
pub(super) fn controller(object: &Value) -> Option<&Value> {
    object["metadata"]["ownerReferences"].as_array()?.iter().find(|owner| owner["controller"] == true)
}

/// A reference that makes an object the controller of another.
pub(super) fn owner_reference(owner: &Value) -> Value {
    json!({
        "apiVersion": object::api_version(owner), "kind": object::kind(owner),
        "name": object::name(owner), "uid": object::uid(owner),
        "controller": true, "blockOwnerDeletion": true,
    })
}

/// The objects of a kind that a workload controls.
pub(super) fn owned(tx: &Transaction, group: &str, plural: &str, owner: &Value) -> Vec<Arc<Value>> {
    let (uid, resource) = (object::uid(owner), resource::known(group, plural));
    tx.state()
        .owned_by(uid)
        .filter(|(key, object)| {
            key.resource() == Some(resource)
                && key.namespace() == object::namespace(owner)
                && controller(object).is_some_and(|reference| reference["uid"] == uid)
        })
        .map(|(_, object)| Arc::clone(object))
        .collect()
}

/// Whether a pod still counts: it neither ended nor is about to.
pub(super) fn active(pod: &Value) -> bool {
    !object::terminating(pod) && !matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
}

/// Whether a pod is ready.
pub(super) fn ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array();
    conditions.is_some_and(|all| all.iter().any(|c| c["type"] == "Ready" && c["status"] == "True"))
}

/// Whether labels meet a workload's `spec.selector`, or a node's those of a node affinity.
pub(super) fn selected(selector: &Value, labels: &Value) -> bool {
    let pairs = selector["matchLabels"].as_object().into_iter().flatten();
    let expressions = selector["matchExpressions"].as_array().into_iter().flatten();
    pairs.into_iter().all(|(key, value)| labels.get(key) == Some(value))
        && expressions.into_iter().all(|expression| {
            let value = labels.get(expression["key"].as_str().unwrap_or_default());
            let listed =
                value.is_some_and(|value| expression["values"].as_array().is_some_and(|all| all.contains(value)));
            match expression["operator"].as_str() {
                Some("In") => listed,
                Some("NotIn") => !listed,
                Some("Exists") => value.is_some(),
                Some("Gt") => beyond(value, &expression["values"][0]).is_some_and(std::cmp::Ordering::is_gt),
                Some("Lt") => beyond(value, &expression["values"][0]).is_some_and(std::cmp::Ordering::is_lt),
                _ => value.is_none(),
            }
        })
}

/// On which side of a limit a label's number is.
fn beyond(value: Option<&Value>, limit: &Value) -> Option<std::cmp::Ordering> {
    let number = |value: &Value| value.as_str().and_then(|text| text.parse::<i64>().ok());
    Some(number(value?)?.cmp(&number(limit)?))
}

/// How a pod of a workload is called.
pub(super) enum Name {
    /// The workload's name, a hyphen and five letters.
    Generated,
    /// Exactly this.
    Given(String),
}

/// Why a workload has no further pod for now. One that is refused is enough: the others would be too.
pub(super) enum NoPod {
    /// The others follow in a write of their own.
    Later,
    /// What the API server says.
    Refused(String),
}

/// Makes a pod from a workload's template. `adjust` changes it before it is stored.
pub(super) fn create_pod(
    tx: &mut Transaction,
    source: Source,
    owner: &Value,
    name: Name,
    adjust: impl FnOnce(&mut Value),
) -> Result<(), NoPod> {
    if tx.pods_should_wait() {
        return Err(NoPod::Later);
    }
    let template = &owner["spec"]["template"];
    let mut metadata = Map::new();
    match name {
        Name::Generated => {
            let prefix = format!("{}-", object::name(owner));
            // A generated name is at most 63 characters long.
            let kept: String = prefix.chars().take(58).collect();
            metadata.insert("name".to_owned(), free_name(tx, object::namespace(owner), &kept, &prefix).into());
            metadata.insert("generateName".to_owned(), prefix.into());
        }
        Name::Given(name) => {
            metadata.insert("name".to_owned(), name.into());
        }
    }
    metadata.insert("namespace".to_owned(), object::namespace(owner).into());
    for field in ["labels", "annotations"] {
        if let Some(value) = template["metadata"].get(field).filter(|value| value.is_object()) {
            metadata.insert(field.to_owned(), value.clone());
        }
    }
    metadata.insert("ownerReferences".to_owned(), json!([owner_reference(owner)]));
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]});
    adjust(&mut pod);
    let pod_name = object::name(&pod).to_owned();
    match crate::incoming::create::admitted(tx, pod) {
        Ok(_) => {
            events::record(tx, owner, &Event::normal(source, "SuccessfulCreate", format!("Created pod: {pod_name}")));
            Ok(())
        }
        Err(status) => Err(refused(tx, source, owner, &status)),
    }
}

/// A made-up name that no pod has: among a thousand pods two would now and then be called the same.
fn free_name(tx: &Transaction, namespace: &str, prefix: &str, seed: &str) -> String {
    let mut seed = seed.to_owned();
    loop {
        let name = format!("{prefix}{}", names::suffix(tx, &seed));
        if tx.find(resource::known("", "pods"), namespace, &name).is_none() {
            return name;
        }
        seed.push('-');
    }
}

/// Says that a workload was refused a pod, or what the pod needs.
pub(super) fn refused(tx: &mut Transaction, source: Source, owner: &Value, status: &Status) -> NoPod {
    tx.pod_refused();
    let message = format!("Error creating: {status}");
    events::record(tx, owner, &Event::normal(source, "FailedCreate", message).warning());
    NoPod::Refused(status.to_string())
}

/// Looks again at the workloads of a namespace, or of all: what their pods lacked may have come.
pub(super) fn retry(tx: &mut Transaction, namespace: Option<&str>) {
    for (group, plural) in
        [("apps", "replicasets"), ("apps", "statefulsets"), ("apps", "daemonsets"), ("batch", "jobs")]
    {
        let keys: Vec<Key> =
            tx.state().list(resource::known(group, plural), namespace).map(|(key, _)| key.clone()).collect();
        for key in keys {
            tx.enqueue(Work::Workload(key));
        }
    }
}

/// Goes on with workloads that were to get more pods when the process ended.
pub(super) fn resume(tx: &mut Transaction) {
    for plural in ["replicasets", "statefulsets", "daemonsets"] {
        let sets = tx.state().list(resource::known("apps", plural), None);
        let unfinished = sets.filter(|(_, set)| {
            let (spec, status) = (&set["spec"], &set["status"]);
            spec["replicas"] != status["replicas"]
                || status["currentNumberScheduled"] != status["desiredNumberScheduled"]
        });
        let unfinished: Vec<Work> = unfinished.map(|(key, _)| Work::Workload(key.clone())).collect();
        unfinished.into_iter().for_each(|work| tx.enqueue(work));
    }
}

/// Deletes a pod of a workload.
pub(super) fn delete_pod(tx: &mut Transaction, source: Source, owner: &Value, pod: &Value) {
    let name = object::name(pod).to_owned();
    crate::store::removal::remove_or_terminate(tx, pod, None);
    events::record(tx, owner, &Event::normal(source, "SuccessfulDelete", format!("Deleted pod: {name}")));
}

/// The stored workload of a change, unless it is gone or going.
pub(super) fn living(tx: &Transaction, key: &Key) -> Option<Arc<Value>> {
    tx.get(key).filter(|workload| !object::terminating(workload)).cloned()
}

/// Stores a new status, with the generation that it is about. Counts of zero are left out, as Go does.
pub(super) fn set_status(tx: &mut Transaction, workload: &Value, fields: Map<String, Value>) {
    let mut changed = workload.clone();
    let mut status = Map::new();
    status.insert("observedGeneration".to_owned(), workload["metadata"]["generation"].clone());
    status.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
    changed["status"] = Value::Object(status);
    if changed["status"] != workload["status"] {
        tx.update(changed);
    }
}

/// A count, or nothing for zero.
pub(super) fn count(number: usize) -> Value {
    if number == 0 { Value::Null } else { json!(number) }
}

/// `spec.replicas`.
pub(super) fn replicas(workload: &Value) -> usize {
    workload["spec"]["replicas"].as_u64().and_then(|number| number.try_into().ok()).unwrap_or(1)
}
