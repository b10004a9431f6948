//! StatefulSets: pods with numbers for names, one after the other.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::claims;
use super::events::Source;
use super::revisions;
use super::workloads::{self, Name, NoPod, active, ready};
use crate::incoming::names;
use crate::resource;
use crate::store::object;
use crate::store::state::Key;
use crate::store::transaction::Transaction;

const HASH: &str = "controller-revision-hash";

/// Makes the pods that are missing, deletes those that are too many, replaces those that are old.
pub(super) fn sync(tx: &mut Transaction, set: &Value) {
    let hash = names::template_hash(&set["spec"]["template"]);
    revisions::record(tx, set, &hash);
    let revision = format!("{}-{hash}", object::name(set));
    let wanted = workloads::replicas(set);
    let pods = workloads::owned(tx, "", "pods", set);
    for pod in pods.iter().filter(|pod| !active(pod) && !object::terminating(pod)) {
        // A pod that ended is replaced by one of the same name.
        workloads::delete_pod(tx, Source::StatefulSets, set, pod);
    }
    create_missing(tx, set, &pods, &revision);
    let mut excess: Vec<&Arc<Value>> =
        pods.iter().filter(|pod| ordinal(pod).is_some_and(|index| index >= wanted)).collect();
    excess.sort_by_key(|pod| std::cmp::Reverse(ordinal(pod)));
    for pod in excess {
        workloads::delete_pod(tx, Source::StatefulSets, set, pod);
        claims::give_up(tx, set, object::name(pod));
    }
    replace_old(tx, set, &revision);
    status(tx, set, &revision);
}

/// Makes all pods that are missing at once, or each when those before it are ready.
fn create_missing(tx: &mut Transaction, set: &Value, pods: &[Arc<Value>], revision: &str) {
    let parallel = set["spec"]["podManagementPolicy"] == "Parallel";
    let numbered: HashMap<usize, &Arc<Value>> = pods.iter().filter_map(|pod| Some((ordinal(pod)?, pod))).collect();
    for index in 0..workloads::replicas(set) {
        let ready = match numbered.get(&index) {
            Some(pod) => active(pod) && ready(pod),
            None if create(tx, set, index, revision).is_err() => return,
            None => !parallel && starts(tx, set, index),
        };
        if !(ready || parallel) {
            // Its becoming ready brings the next one.
            return;
        }
    }
}

fn ordinal(pod: &Value) -> Option<usize> {
    object::name(pod).rsplit_once('-')?.1.parse().ok()
}

fn pod_name(set: &Value, index: usize) -> String {
    format!("{}-{index}", object::name(set))
}

/// Lets a new pod start, and tells whether it is ready then.
fn starts(tx: &mut Transaction, set: &Value, index: usize) -> bool {
    tx.answer();
    let pod = tx.find(resource::known("", "pods"), object::namespace(set), &pod_name(set, index));
    pod.is_some_and(|pod| active(pod) && ready(pod))
}

fn create(tx: &mut Transaction, set: &Value, index: usize, revision: &str) -> Result<(), NoPod> {
    let name = pod_name(set, index);
    if let Err(status) = claims::make(tx, set, &name) {
        return Err(workloads::refused(tx, Source::StatefulSets, set, &status));
    }
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
        claims::mount(set, pod);
    })
}

/// Replaces the pods of older templates once all pods are ready, the last one first and each when the one before it
/// is ready again.
fn replace_old(tx: &mut Transaction, set: &Value, revision: &str) {
    if set["spec"]["updateStrategy"]["type"] == "OnDelete" {
        return;
    }
    let pods = workloads::owned(tx, "", "pods", set);
    let healthy = pods.iter().filter(|pod| active(pod) && ready(pod)).count() >= workloads::replicas(set);
    let partition = set["spec"]["updateStrategy"]["rollingUpdate"]["partition"].as_u64().unwrap_or(0);
    let old = pods.iter().filter(|pod| object::label(pod, HASH) != Some(revision));
    let mut old: Vec<(usize, &Arc<Value>)> = old.filter_map(|pod| Some((ordinal(pod)?, pod))).collect();
    old.retain(|(index, _)| u64::try_from(*index).is_ok_and(|index| index >= partition));
    old.sort_by_key(|(index, _)| std::cmp::Reverse(*index));
    for (index, pod) in old {
        if healthy || !ready(pod) {
            workloads::delete_pod(tx, Source::StatefulSets, set, pod);
            tx.answer();
        }
        if !healthy || create(tx, set, index, revision).is_err() || !starts(tx, set, index) {
            return;
        }
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
