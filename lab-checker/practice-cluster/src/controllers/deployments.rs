//! Deployments: a ReplicaSet for every version of the template, and the way from one to the next.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::events::{self, Event, Source};
use super::workloads;
use crate::incoming::names;
use crate::store::object;
use crate::store::queue::Work;
use crate::store::state::{Change, Key};
use crate::store::transaction::Transaction;

const REVISION: &str = "deployment.kubernetes.io/revision";
const HASH: &str = "pod-template-hash";

/// A ReplicaSet changed: its Deployment goes on.
pub(super) fn replica_set_changed(tx: &mut Transaction, change: &Change) {
    let set = change.after.as_ref().or(change.before.as_ref());
    let owner = set.and_then(|set| workloads::controller(set));
    if let Some(key) = owner.and_then(|owner| workloads::owner_key(change.key.namespace(), owner)) {
        tx.enqueue(Work::Workload(key));
    }
}

/// Goes on with a Deployment: its ReplicaSet, the next step of a rollout, its status.
pub(super) fn sync(tx: &mut Transaction, deployment: &Value) {
    let sets = workloads::owned(tx, "apps", "replicasets", deployment);
    let (current, old): (Vec<_>, Vec<_>) = sets.into_iter().partition(|set| is_current(deployment, set));
    let current = match current.into_iter().next() {
        Some(current) => {
            let current = raise_revision(tx, &current, &old);
            Some(carry_annotations(tx, deployment, &current))
        }
        None if deployment["spec"]["paused"] == true => None,
        None => {
            let hash = names::template_hash(&deployment["spec"]["template"]);
            Some(create_set(tx, deployment, &hash, &old))
        }
    };
    if let Some(current) = &current {
        roll(tx, deployment, current, &old);
        note_revision(tx, deployment, current);
        forget_old(tx, deployment, &old);
    }
    status(tx, deployment);
}

/// Whether a ReplicaSet has the Deployment's template, apart from the label that it adds.
fn is_current(deployment: &Value, set: &Value) -> bool {
    let mut template = set["spec"]["template"].clone();
    if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
        labels.remove(HASH);
    }
    template == deployment["spec"]["template"]
}

fn revision(set: &Value) -> u64 {
    set["metadata"]["annotations"][REVISION].as_str().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The current template always has the highest revision: going back makes an old one the newest.
fn raise_revision(tx: &mut Transaction, current: &Arc<Value>, old: &[Arc<Value>]) -> Arc<Value> {
    let highest = old.iter().map(|set| revision(set)).max().unwrap_or(0);
    if revision(current) > highest {
        return Arc::clone(current);
    }
    let mut raised = Value::clone(current);
    let annotations = object::entry_mut(object::metadata_mut(&mut raised), "annotations");
    annotations.insert(REVISION.to_owned(), highest.saturating_add(1).to_string().into());
    tx.update(raised)
}

/// The annotations of a workload that its ReplicaSets or revisions get, `kubernetes.io/change-cause` among them.
pub(super) fn carried(deployment: &Value) -> Vec<(String, Value)> {
    let own = |key: &str| key.starts_with("deployment.kubernetes.io/") || key == manifest::last_applied::KEY;
    let annotations = deployment["metadata"]["annotations"].as_object().into_iter().flatten();
    annotations.filter(|(key, _)| !own(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn carry_annotations(tx: &mut Transaction, deployment: &Value, current: &Value) -> Arc<Value> {
    let mut told = current.clone();
    object::entry_mut(object::metadata_mut(&mut told), "annotations").extend(carried(deployment));
    tx.update(told)
}

/// Makes the ReplicaSet of the Deployment's template, without any pods yet.
pub(super) fn create_set(tx: &mut Transaction, deployment: &Value, hash: &str, old: &[Arc<Value>]) -> Arc<Value> {
    let wanted = workloads::replicas(deployment);
    let mut template = deployment["spec"]["template"].clone();
    let labels = object::entry_mut(object::child_mut(&mut template, "metadata"), "labels");
    labels.insert(HASH.to_owned(), hash.into());
    let labels = labels.clone();
    let mut selector = deployment["spec"]["selector"].clone();
    object::child_mut(&mut selector, "matchLabels").insert(HASH.to_owned(), hash.into());
    let mut annotations: Map<String, Value> = carried(deployment).into_iter().collect();
    annotations.insert("deployment.kubernetes.io/desired-replicas".to_owned(), wanted.to_string().into());
    let most = wanted.saturating_add(surge(deployment, wanted));
    annotations.insert("deployment.kubernetes.io/max-replicas".to_owned(), most.to_string().into());
    let next = old.iter().map(|set| revision(set)).max().unwrap_or(0).saturating_add(1);
    annotations.insert(REVISION.to_owned(), next.to_string().into());
    let set = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": format!("{}-{hash}", object::name(deployment)),
            "namespace": object::namespace(deployment),
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": [workloads::owner_reference(deployment)],
        },
        "spec": {"replicas": 0, "selector": selector, "template": template},
        "status": {"replicas": 0},
    });
    tx.insert(set)
}

/// Moves pods from the old ReplicaSets to the current one, as far as the strategy allows now. What becomes
/// ready calls for the next step.
fn roll(tx: &mut Transaction, deployment: &Value, current: &Value, old: &[Arc<Value>]) {
    let desired = workloads::replicas(deployment);
    let have = old.iter().fold(0, |sum: usize, set| sum.saturating_add(workloads::replicas(set)));
    let now = workloads::replicas(current);
    if have == 0 {
        scale(tx, deployment, current, desired);
        return;
    }
    if deployment["spec"]["strategy"]["type"] == "Recreate" {
        for set in old {
            scale(tx, deployment, set, 0);
        }
        return;
    }
    let room = desired.saturating_add(surge(deployment, desired)).saturating_sub(have);
    let target = desired.min(now.max(room));
    scale(tx, deployment, current, target);
    // Of pods that are about to go none counts as serving.
    let serving = |set: &Value| {
        let ready = set["status"]["readyReplicas"].as_u64().and_then(|n| n.try_into().ok()).unwrap_or(0);
        workloads::replicas(set).min(ready)
    };
    let ready = old.iter().fold(serving(current), |sum, set| sum.saturating_add(serving(set)));
    let floor = desired.saturating_sub(unavailable(deployment, desired));
    // Old pods that serve nobody go at once; of the others as many as may be missing.
    let mut spare = ready.saturating_sub(floor);
    for set in old {
        let idle = workloads::replicas(set).saturating_sub(serving(set));
        let go = workloads::replicas(set).min(idle.saturating_add(spare));
        spare = spare.saturating_sub(go.saturating_sub(idle));
        scale(tx, deployment, set, workloads::replicas(set) - go);
    }
}

fn scale(tx: &mut Transaction, deployment: &Value, set: &Value, to: usize) {
    let from = workloads::replicas(set);
    let mut scaled = set.clone();
    scaled["spec"]["replicas"] = json!(to);
    let wanted = workloads::replicas(deployment);
    let annotations = object::entry_mut(object::metadata_mut(&mut scaled), "annotations");
    annotations.insert("deployment.kubernetes.io/desired-replicas".to_owned(), wanted.to_string().into());
    let most = wanted.saturating_add(surge(deployment, wanted));
    annotations.insert("deployment.kubernetes.io/max-replicas".to_owned(), most.to_string().into());
    if scaled == *set {
        return;
    }
    let stored = tx.update(scaled);
    if from != to {
        let way = if to > from { "up" } else { "down" };
        let message = format!("Scaled {way} replica set {} from {from} to {to}", object::name(&stored));
        events::record(tx, deployment, &Event::normal(Source::Deployments, "ScalingReplicaSet", message));
    }
}

fn surge(deployment: &Value, desired: usize) -> usize {
    let rolling = &deployment["spec"]["strategy"]["rollingUpdate"];
    share(&rolling["maxSurge"], desired, usize::div_ceil)
}

fn unavailable(deployment: &Value, desired: usize) -> usize {
    let rolling = &deployment["spec"]["strategy"]["rollingUpdate"];
    let given = share(&rolling["maxUnavailable"], desired, |left, right| left / right);
    // Without room on either side nothing would ever move.
    if given == 0 && surge(deployment, desired) == 0 { 1 } else { given }
}

/// A number, or a percentage of the desired pods.
fn share(value: &Value, desired: usize, divide: fn(usize, usize) -> usize) -> usize {
    match value {
        Value::String(text) => {
            let percent: usize = text.trim_end_matches('%').parse().unwrap_or(0);
            divide(percent.saturating_mul(desired), 100)
        }
        number => number.as_u64().and_then(|n| n.try_into().ok()).unwrap_or(0),
    }
}

fn note_revision(tx: &mut Transaction, deployment: &Value, current: &Value) {
    let Some(stored) = Key::of(deployment).and_then(|key| tx.get(&key).cloned()) else { return };
    let mut noted = Value::clone(&stored);
    let annotations = object::entry_mut(object::metadata_mut(&mut noted), "annotations");
    annotations.insert(REVISION.to_owned(), revision(current).to_string().into());
    tx.update(noted);
}

/// Deletes old ReplicaSets beyond `revisionHistoryLimit`.
fn forget_old(tx: &mut Transaction, deployment: &Value, old: &[Arc<Value>]) {
    let limit = deployment["spec"]["revisionHistoryLimit"].as_u64().and_then(|n| n.try_into().ok()).unwrap_or(10);
    let mut empty: Vec<_> =
        old.iter().filter(|set| workloads::replicas(set) == 0 && set["status"]["replicas"] == 0).collect();
    empty.sort_by_key(|set| revision(set));
    let excess = empty.len().saturating_sub(limit);
    for set in &empty[..excess] {
        if let Some(key) = Key::of(set) {
            tx.remove(&key);
        }
    }
}

fn status(tx: &mut Transaction, deployment: &Value) {
    let Some(deployment) = Key::of(deployment).and_then(|key| tx.get(&key).cloned()) else { return };
    let sets = workloads::owned(tx, "apps", "replicasets", &deployment);
    let number = |set: &Value, field: &str| set["status"][field].as_u64().unwrap_or(0);
    let sum = |field: &str| sets.iter().fold(0, |sum: u64, set| sum.saturating_add(number(set, field)));
    let current = sets.iter().find(|set| is_current(&deployment, set));
    let updated = current.map_or(0, |set| number(set, "replicas"));
    let desired = u64::try_from(workloads::replicas(&deployment)).unwrap_or(0);
    let available = sum("availableReplicas");
    let count = |number: u64| if number == 0 { Value::Null } else { json!(number) };
    let mut fields = Map::new();
    fields.insert("availableReplicas".to_owned(), count(available));
    let conditions = conditions(tx, &deployment, current, available, updated == desired && available >= desired);
    fields.insert("conditions".to_owned(), conditions);
    fields.insert("readyReplicas".to_owned(), count(sum("readyReplicas")));
    fields.insert("replicas".to_owned(), count(sum("replicas")));
    fields.insert("unavailableReplicas".to_owned(), count(sum("replicas").max(desired).saturating_sub(available)));
    fields.insert("updatedReplicas".to_owned(), count(updated));
    workloads::set_status(tx, &deployment, fields);
}

fn conditions(
    tx: &Transaction,
    deployment: &Value,
    current: Option<&Arc<Value>>,
    available: u64,
    complete: bool,
) -> Value {
    let desired = workloads::replicas(deployment);
    let floor = desired.saturating_sub(unavailable(deployment, desired));
    let enough = available >= u64::try_from(floor).unwrap_or(0);
    let set = current.map_or("", |set| object::name(set));
    let availability = if enough {
        ("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.".to_owned())
    } else {
        (
            "Available",
            "False",
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.".to_owned(),
        )
    };
    let progress = if complete {
        ("Progressing", "True", "NewReplicaSetAvailable", format!("ReplicaSet \"{set}\" has successfully progressed."))
    } else {
        ("Progressing", "True", "ReplicaSetUpdated", format!("ReplicaSet \"{set}\" is progressing."))
    };
    let failure = current.map(|set| &set["status"]["conditions"][0]).filter(|failure| failure.is_object());
    let failure = failure.map(|failure| {
        let message = failure["message"].as_str().unwrap_or_default();
        ("ReplicaFailure", "True", "FailedCreate", message.to_owned())
    });
    let now = tx.now_text();
    [availability, progress]
        .into_iter()
        .chain(failure)
        .map(|(kind, holds, reason, message)| {
            let before =
                deployment["status"]["conditions"].as_array().into_iter().flatten().find(|c| c["type"] == kind);
            let same =
                before.filter(|c| c["status"] == holds && c["reason"] == reason && c["message"] == message.as_str());
            if let Some(same) = same {
                return same.clone();
            }
            let since = before.filter(|c| c["status"] == holds).map_or(json!(now), |c| c["lastTransitionTime"].clone());
            json!({
                "lastTransitionTime": since, "lastUpdateTime": now, "message": message,
                "reason": reason, "status": holds, "type": kind,
            })
        })
        .collect()
}
