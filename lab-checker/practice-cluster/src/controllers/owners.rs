//! From a pod that changed to the workload that owns it, which looks again.

use std::sync::Arc;

use serde_json::Value;

use super::{daemon_sets, jobs, replica_sets, stateful_sets, workloads};
use crate::resource;
use crate::status::Status;
use crate::store::object;
use crate::store::state::{Change, Key};
use crate::store::transaction::Transaction;

/// A pod came, changed or went: its workload looks again.
pub(super) fn pod_changed(tx: &mut Transaction, change: &Change) -> Result<(), Status> {
    let mut owners: Vec<&Value> = Vec::new();
    for pod in [&change.before, &change.after].into_iter().flatten() {
        if let Some(owner) = workloads::controller(pod)
            && !owners.contains(&owner)
        {
            owners.push(owner);
        }
    }
    for owner in owners {
        sync_owner(tx, change.key.namespace(), owner)?;
    }
    if change.after.as_ref().is_some_and(|pod| workloads::controller(pod).is_none()) && labels_changed(change) {
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

/// Looks again at the workloads of a namespace: what their pods lacked may have come.
pub(super) fn retry(tx: &mut Transaction, namespace: &str) -> Result<(), Status> {
    for plural in ["replicasets", "statefulsets", "daemonsets"] {
        for workload in tx.list(resource::known("apps", plural), Some(namespace)) {
            if let Some(living) = Key::of(&workload).and_then(|key| workloads::living(tx, &key)) {
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
