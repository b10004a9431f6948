//! ReplicaSets: so many pods of a template, no more and no fewer.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::events::Source;
use super::queue::Work;
use super::workloads::{self, Name, NoPod, active, ready};
use crate::object;
use crate::resource;
use crate::state::Change;
use crate::transaction::Transaction;

/// A ReplicaSet came or changed.
pub(super) fn changed(tx: &mut Transaction, change: &Change) {
    // Its own status moves nothing: a pod that was refused would be tried again at once, and for ever.
    let same = |before: &Value, after: &Value| {
        before["spec"] == after["spec"] && before["metadata"]["labels"] == after["metadata"]["labels"]
    };
    if let (Some(before), Some(after)) = (&change.before, &change.after)
        && same(before, after)
    {
        return;
    }
    tx.enqueue(Work::Workload(change.key.clone()));
}

/// Makes and deletes pods until their number is right.
pub(super) fn sync(tx: &mut Transaction, set: &Value) {
    release(tx, set);
    let pods = workloads::owned(tx, "", "pods", set);
    let mut live: Vec<_> = pods.into_iter().filter(|pod| active(pod)).collect();
    let wanted = workloads::replicas(set);
    let mut create = || workloads::create_pod(tx, Source::ReplicaSets, set, Name::Generated, |_| {});
    let refused = match (live.len()..wanted).find_map(|_| create().err()) {
        Some(NoPod::Refused(message)) => Some(message),
        Some(NoPod::Later) | None => None,
    };
    if live.len() > wanted {
        // Those that serve nobody go first, then the youngest.
        let age = |pod: &Value| object::metadata_str(pod, "resourceVersion").parse::<u64>().unwrap_or(0);
        live.sort_by_key(|pod| (ready(pod), std::cmp::Reverse(age(pod))));
        for pod in &live[..live.len() - wanted] {
            workloads::delete_pod(tx, Source::ReplicaSets, set, pod);
        }
    }
    status(tx, set, refused);
}

fn status(tx: &mut Transaction, set: &Value, refused: Option<String>) {
    let live: Vec<_> = workloads::owned(tx, "", "pods", set).into_iter().filter(|pod| active(pod)).collect();
    let serving = live.iter().filter(|pod| ready(pod)).count();
    let Some(current) =
        tx.find(resource::known("apps", "replicasets"), object::namespace(set), object::name(set)).cloned()
    else {
        return;
    };
    let mut fields = Map::new();
    fields.insert("availableReplicas".to_owned(), workloads::count(serving));
    fields.insert("conditions".to_owned(), refused.map_or(Value::Null, |message| failure(tx, message)));
    fields.insert("fullyLabeledReplicas".to_owned(), workloads::count(live.len()));
    fields.insert("readyReplicas".to_owned(), workloads::count(serving));
    fields.insert("replicas".to_owned(), json!(live.len()));
    workloads::set_status(tx, &current, fields);
}

fn failure(tx: &Transaction, message: String) -> Value {
    json!([{
        "lastTransitionTime": tx.now_text(), "message": message, "reason": "FailedCreate",
        "status": "True", "type": "ReplicaFailure",
    }])
}

/// Lets go of pods whose labels were changed so that the selector no longer finds them.
fn release(tx: &mut Transaction, set: &Value) {
    for pod in workloads::owned(tx, "", "pods", set) {
        if workloads::selected(&set["spec"]["selector"], &pod["metadata"]["labels"]) || object::terminating(&pod) {
            continue;
        }
        let mut freed = Value::clone(&pod);
        let metadata = object::metadata_mut(&mut freed);
        if let Some(owners) = metadata.get_mut("ownerReferences").and_then(Value::as_array_mut) {
            owners.retain(|owner| owner["uid"] != set["metadata"]["uid"]);
            if owners.is_empty() {
                metadata.remove("ownerReferences");
            }
        }
        tx.update(freed);
    }
}

/// A pod that belongs to nobody came or has other labels: a ReplicaSet that selects them takes it in.
pub(super) fn pod_changed(tx: &mut Transaction, change: &Change) {
    let labels = |pod: &Option<Arc<Value>>| pod.as_ref().map(|pod| pod["metadata"]["labels"].clone());
    if labels(&change.before) == labels(&change.after) {
        return;
    }
    // A later change of this write may have given it to somebody already.
    let pod = &change.key;
    let Some(free) = tx.get(pod).filter(|pod| workloads::controller(pod).is_none() && active(pod)).cloned() else {
        return;
    };
    let sets = tx.list(resource::known("apps", "replicasets"), Some(pod.namespace()));
    let selects = |set: &&Arc<Value>| workloads::selected(&set["spec"]["selector"], &free["metadata"]["labels"]);
    if let Some(set) = sets.iter().find(selects) {
        let mut taken = Value::clone(&free);
        taken["metadata"]["ownerReferences"] = json!([workloads::owner_reference(set)]);
        // Its change has the ReplicaSet look at how many it has.
        tx.update(taken);
    }
}
