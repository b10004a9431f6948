//! ReplicaSets: so many pods of a template, no more and no fewer.

use serde_json::{Map, Value, json};

use super::events::Source;
use super::workloads::{self, Name, active, ready};
use crate::resource;
use crate::status::Status;
use crate::store::object;
use crate::store::state::Change;
use crate::store::transaction::Transaction;

/// How many pods one ReplicaSet may have here.
const MOST: usize = 500;

/// A ReplicaSet came or changed.
pub(super) fn sync_changed(tx: &mut Transaction, change: &Change) -> Result<(), Status> {
    // Its own status moves nothing: a pod that was refused would be tried again at once, and for ever.
    let same = |before: &Value, after: &Value| {
        before["spec"] == after["spec"] && before["metadata"]["labels"] == after["metadata"]["labels"]
    };
    if let (Some(before), Some(after)) = (&change.before, &change.after)
        && same(before, after)
    {
        return Ok(());
    }
    match workloads::living(tx, &change.key) {
        Some(set) => sync(tx, &set),
        None => Ok(()),
    }
}

/// Makes and deletes pods until their number is right.
pub(super) fn sync(tx: &mut Transaction, set: &Value) -> Result<(), Status> {
    release(tx, set);
    let pods = workloads::owned(tx, "", "pods", set);
    let mut live: Vec<_> = pods.into_iter().filter(|pod| active(pod)).collect();
    let wanted = workloads::replicas(set).min(MOST);
    // One that is refused is enough: the others would be too.
    let mut create = || workloads::create_pod(tx, Source::ReplicaSets, set, Name::Generated, |_| {});
    let refused = (live.len()..wanted).find_map(|_| create());
    if live.len() > wanted {
        // Those that serve nobody go first, then the youngest.
        let age = |pod: &Value| object::metadata_str(pod, "resourceVersion").parse::<u64>().unwrap_or(0);
        live.sort_by_key(|pod| (ready(pod), std::cmp::Reverse(age(pod))));
        for pod in &live[..live.len() - wanted] {
            workloads::delete_pod(tx, Source::ReplicaSets, set, pod);
        }
    }
    status(tx, set, refused);
    Ok(())
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

/// Takes in pods that belong to nobody and whose labels a ReplicaSet of the namespace selects.
pub(super) fn adopt(tx: &mut Transaction, namespace: &str) -> Result<(), Status> {
    for set in tx.list(resource::known("apps", "replicasets"), Some(namespace)) {
        let mut adopted = false;
        for pod in tx.list(resource::known("", "pods"), Some(namespace)) {
            let free = workloads::controller(&pod).is_none() && active(&pod);
            if free && workloads::selected(&set["spec"]["selector"], &pod["metadata"]["labels"]) {
                let mut taken = Value::clone(&pod);
                taken["metadata"]["ownerReferences"] = json!([workloads::owner_reference(&set)]);
                tx.update(taken);
                adopted = true;
            }
        }
        if adopted {
            sync(tx, &set)?;
        }
    }
    Ok(())
}
