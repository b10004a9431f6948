//! What all workloads share: the pods that they own, and making one from a template.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::events::{self, Event, Source};
use super::{daemon_sets, jobs, replica_sets, stateful_sets};
use crate::incoming::names;
use crate::status::Status;
use crate::store::object;
use crate::store::resource;
use crate::store::state::{Change, Key};
use crate::store::transaction::Transaction;

/// A pod came, changed or went: its workload looks again.
pub(super) fn pod_changed(tx: &mut Transaction, change: &Change) -> Result<(), Status> {
    let mut owners: Vec<&Value> = Vec::new();
    for pod in [&change.before, &change.after].into_iter().flatten() {
        if let Some(owner) = controller(pod)
            && !owners.contains(&owner)
        {
            owners.push(owner);
        }
    }
    for owner in owners {
        sync_owner(tx, change.key.namespace(), owner)?;
    }
    if change.after.as_ref().is_some_and(|pod| controller(pod).is_none()) && labels_changed(change) {
        replica_sets::adopt(tx, change.key.namespace())?;
    }
    Ok(())
}

fn labels_changed(change: &Change) -> bool {
    let labels = |pod: &Option<Arc<Value>>| pod.as_ref().map(|pod| pod["metadata"]["labels"].clone());
    labels(&change.before) != labels(&change.after)
}

fn sync_owner(tx: &mut Transaction, namespace: &str, owner: &Value) -> Result<(), Status> {
    let (version, kind) =
        (owner["apiVersion"].as_str().unwrap_or_default(), owner["kind"].as_str().unwrap_or_default());
    let Some(resource) = resource::by_kind(version, kind) else { return Ok(()) };
    let name = owner["name"].as_str().unwrap_or_default();
    let Some(workload) = tx.find(resource, namespace, name).cloned() else { return Ok(()) };
    if workload["metadata"]["uid"] != owner["uid"] || object::terminating(&workload) {
        return Ok(());
    }
    match kind {
        "ReplicaSet" => replica_sets::sync(tx, &workload),
        "StatefulSet" => stateful_sets::sync(tx, &workload),
        "DaemonSet" => daemon_sets::sync(tx, &workload),
        "Job" => jobs::sync(tx, &workload),
        _ => Ok(()),
    }
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
    let uid = &owner["metadata"]["uid"];
    let all = tx.list(resource::known(group, plural), Some(object::namespace(owner)));
    all.into_iter().filter(|object| controller(object).is_some_and(|reference| reference["uid"] == *uid)).collect()
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

/// Makes a pod from a workload's template. `adjust` changes it before it is stored. Returns what the workload
/// says when the pod is refused.
pub(super) fn create_pod(
    tx: &mut Transaction,
    source: Source,
    owner: &Value,
    name: Name,
    adjust: impl FnOnce(&mut Value),
) -> Option<String> {
    let template = &owner["spec"]["template"];
    let mut metadata = Map::new();
    match name {
        Name::Generated => {
            let prefix = format!("{}-", object::name(owner));
            // A generated name is at most 63 characters long.
            let kept: String = prefix.chars().take(58).collect();
            metadata.insert("name".to_owned(), format!("{kept}{}", names::suffix(tx, &prefix)).into());
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
            None
        }
        Err(status) => {
            let message = format!("Error creating: {status}");
            events::record(tx, owner, &Event::normal(source, "FailedCreate", message).warning());
            Some(status.to_string())
        }
    }
}

/// Looks again at the workloads of a namespace: what their pods lacked may have come.
pub(super) fn retry(tx: &mut Transaction, namespace: &str) -> Result<(), Status> {
    for plural in ["replicasets", "statefulsets", "daemonsets"] {
        for workload in tx.list(resource::known("apps", plural), Some(namespace)) {
            if let Some(living) = Key::of(&workload).and_then(|key| living(tx, &key)) {
                match object::kind(&living) {
                    "ReplicaSet" => replica_sets::sync(tx, &living)?,
                    "StatefulSet" => stateful_sets::sync(tx, &living)?,
                    _ => daemon_sets::sync(tx, &living)?,
                }
            }
        }
    }
    Ok(())
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
