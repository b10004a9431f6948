//! ControllerRevisions: the templates that a DaemonSet or StatefulSet had, which `kubectl rollout history` lists and
//! `kubectl rollout undo` goes back to.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{deployments, workloads};
use crate::store::object;
use crate::store::state::Key;
use crate::store::transaction::Transaction;

/// Keeps the current template of a workload as its newest revision, under a hash that is the template's own.
pub(super) fn record(tx: &mut Transaction, set: &Value, hash: &str) {
    let name = format!("{}-{hash}", object::name(set));
    let all = workloads::owned(tx, "apps", "controllerrevisions", set);
    let highest = all.iter().map(|kept| number(kept)).max().unwrap_or(0);
    let annotations: Map<String, Value> = deployments::carried(set).into_iter().collect();
    match all.iter().find(|kept| object::name(kept) == name) {
        Some(current) => {
            let mut newest = Value::clone(current);
            if number(current) < highest {
                newest["revision"] = json!(highest.saturating_add(1));
            }
            object::entry_mut(object::metadata_mut(&mut newest), "annotations").extend(annotations);
            if newest["metadata"]["annotations"].as_object().is_some_and(Map::is_empty) {
                object::metadata_mut(&mut newest).remove("annotations");
            }
            tx.update(newest);
        }
        None => {
            let newest = revision(set, &name, hash, annotations, highest.saturating_add(1));
            tx.insert(newest);
        }
    }
    forget_old(tx, set, &name, all);
}

fn number(kept: &Value) -> u64 {
    kept["revision"].as_u64().unwrap_or(0)
}

fn revision(set: &Value, name: &str, hash: &str, annotations: Map<String, Value>, number: u64) -> Value {
    let mut template = set["spec"]["template"].clone();
    template["$patch"] = json!("replace");
    let mut labels = set["spec"]["template"]["metadata"]["labels"].as_object().cloned().unwrap_or_default();
    labels.insert("controller-revision-hash".to_owned(), hash.into());
    let mut metadata = json!({
        "name": name, "namespace": object::namespace(set), "labels": labels,
        "ownerReferences": [workloads::owner_reference(set)],
    });
    if !annotations.is_empty() {
        metadata["annotations"] = annotations.into();
    }
    json!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": metadata,
        "data": {"spec": {"template": template}}, "revision": number,
    })
}

fn forget_old(tx: &mut Transaction, set: &Value, current: &str, mut all: Vec<Arc<Value>>) {
    let limit = set["spec"]["revisionHistoryLimit"].as_u64().and_then(|limit| limit.try_into().ok()).unwrap_or(10);
    all.retain(|kept| object::name(kept) != current);
    all.sort_by_key(|kept| number(kept));
    let excess = all.len().saturating_sub(limit);
    for key in all.iter().take(excess).filter_map(|kept| Key::of(kept)) {
        tx.remove(&key);
    }
}
