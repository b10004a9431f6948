//! StatefulSets: pods with numbers for names, one after the other.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::events::Source;
use super::revisions;
use super::workloads::{self, Name, active, ready};
use crate::incoming::names;
use crate::status::Status;
use crate::store::object;
use crate::store::state::{Change, Key};
use crate::store::transaction::Transaction;

const HASH: &str = "controller-revision-hash";

/// A StatefulSet came or changed.
pub(super) fn sync_changed(tx: &mut Transaction, change: &Change) -> Result<(), Status> {
    match workloads::living(tx, &change.key) {
        Some(set) => sync(tx, &set),
        None => Ok(()),
    }
}

/// Makes the next pod that is missing, deletes the last one that is too many, replaces one that is old.
pub(super) fn sync(tx: &mut Transaction, set: &Value) -> Result<(), Status> {
    let hash = names::template_hash(&set["spec"]["template"]);
    revisions::record(tx, set, &hash);
    let revision = format!("{}-{hash}", object::name(set));
    let wanted = workloads::replicas(set);
    let pods = workloads::owned(tx, "", "pods", set);
    for pod in pods.iter().filter(|pod| !active(pod) && !object::terminating(pod)) {
        // A pod that ended is replaced by one of the same name.
        workloads::delete_pod(tx, Source::StatefulSets, set, pod);
    }
    let parallel = set["spec"]["podManagementPolicy"] == "Parallel";
    for index in 0..wanted {
        match pods.iter().find(|pod| ordinal(pod) == Some(index)) {
            Some(pod) if parallel || (active(pod) && ready(pod)) => {}
            Some(_) => break,
            None => {
                let refused = create(tx, set, index, &revision);
                if refused.is_some() || !parallel {
                    // Its becoming ready brings the next one.
                    break;
                }
            }
        }
    }
    let mut excess: Vec<&Arc<Value>> =
        pods.iter().filter(|pod| ordinal(pod).is_some_and(|index| index >= wanted)).collect();
    excess.sort_by_key(|pod| std::cmp::Reverse(ordinal(pod)));
    for pod in excess {
        workloads::delete_pod(tx, Source::StatefulSets, set, pod);
    }
    update_one(tx, set, &revision);
    status(tx, set, &revision);
    Ok(())
}

fn ordinal(pod: &Value) -> Option<usize> {
    object::name(pod).rsplit_once('-')?.1.parse().ok()
}

fn create(tx: &mut Transaction, set: &Value, index: usize, revision: &str) -> Option<String> {
    let name = format!("{}-{index}", object::name(set));
    let service = set["spec"]["serviceName"].clone();
    workloads::create_pod(tx, Source::StatefulSets, set, Name::Given(name.clone()), |pod| {
        let labels = object::entry_mut(object::metadata_mut(pod), "labels");
        labels.insert("apps.kubernetes.io/pod-index".to_owned(), index.to_string().into());
        labels.insert(HASH.to_owned(), revision.into());
        labels.insert("statefulset.kubernetes.io/pod-name".to_owned(), name.clone().into());
        pod["spec"]["hostname"] = json!(name);
        if service.is_string() {
            pod["spec"]["subdomain"] = service;
        }
    })
}

/// Deletes the last pod of an older template once all pods are ready; it comes back with the new one.
fn update_one(tx: &mut Transaction, set: &Value, revision: &str) {
    if set["spec"]["updateStrategy"]["type"] == "OnDelete" {
        return;
    }
    let pods = workloads::owned(tx, "", "pods", set);
    let healthy = pods.iter().filter(|pod| active(pod) && ready(pod)).count() >= workloads::replicas(set);
    let partition = set["spec"]["updateStrategy"]["rollingUpdate"]["partition"].as_u64().unwrap_or(0);
    let old = pods
        .iter()
        .filter(|pod| object::label(pod, HASH) != Some(revision))
        .filter(|pod| ordinal(pod).is_some_and(|index| u64::try_from(index).is_ok_and(|index| index >= partition)))
        .max_by_key(|pod| ordinal(pod));
    if let Some(old) = old
        && (healthy || !ready(old))
    {
        workloads::delete_pod(tx, Source::StatefulSets, set, old);
    }
}

fn status(tx: &mut Transaction, set: &Value, revision: &str) {
    let pods: Vec<_> = workloads::owned(tx, "", "pods", set).into_iter().filter(|pod| active(pod)).collect();
    let Some(current) = Key::of(set).and_then(|key| tx.get(&key).cloned()) else { return };
    let serving = pods.iter().filter(|pod| ready(pod)).count();
    let updated = pods.iter().filter(|pod| object::label(pod, HASH) == Some(revision)).count();
    let done = updated == workloads::replicas(set) && serving == updated;
    let before = current["status"]["currentRevision"].as_str().unwrap_or(revision).to_owned();
    let mut fields = Map::new();
    fields.insert("availableReplicas".to_owned(), json!(serving));
    fields.insert("collisionCount".to_owned(), json!(0));
    fields.insert("currentReplicas".to_owned(), workloads::count(if done { updated } else { pods.len() - updated }));
    fields.insert("currentRevision".to_owned(), json!(if done { revision } else { before.as_str() }));
    fields.insert("readyReplicas".to_owned(), workloads::count(serving));
    fields.insert("replicas".to_owned(), json!(pods.len()));
    fields.insert("updateRevision".to_owned(), json!(revision));
    fields.insert("updatedReplicas".to_owned(), workloads::count(updated));
    workloads::set_status(tx, &current, fields);
}
