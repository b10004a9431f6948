//! DaemonSets: one pod on every node.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value, json};

use super::events::Source;
use super::revisions;
use super::scheduling;
use super::workloads::{self, Name, active, ready};
use crate::incoming::names;
use crate::resource;
use crate::store::object;
use crate::store::state::Key;
use crate::store::transaction::Transaction;

const HASH: &str = "controller-revision-hash";

/// Makes the pods that are missing, deletes those that are too many or of an old template.
pub(super) fn sync(tx: &mut Transaction, set: &Value) {
    let hash = names::template_hash(&set["spec"]["template"]);
    revisions::record(tx, set, &hash);
    let nodes: BTreeSet<String> = tx
        .list(resource::known("", "nodes"), None)
        .iter()
        .filter(|node| scheduling::daemon_fits(&set["spec"]["template"]["spec"], node))
        .map(|node| object::name(node).to_owned())
        .collect();
    let rolling = set["spec"]["updateStrategy"]["type"] != "OnDelete";
    for pod in workloads::owned(tx, "", "pods", set) {
        let node = pod["spec"]["nodeName"].as_str().unwrap_or_default();
        let stale = rolling && object::label(&pod, HASH) != Some(hash.as_str());
        let lost = !nodes.contains(node);
        if (stale || lost || !active(&pod)) && !object::terminating(&pod) {
            workloads::delete_pod(tx, Source::DaemonSets, set, &pod);
        }
    }
    let pods = workloads::owned(tx, "", "pods", set);
    let served: HashSet<&str> = pods.iter().filter_map(|pod| pod["spec"]["nodeName"].as_str()).collect();
    for node in nodes.iter().filter(|node| !served.contains(node.as_str())) {
        let refused = workloads::create_pod(tx, Source::DaemonSets, set, Name::Generated, |pod| {
            let labels = object::entry_mut(object::metadata_mut(pod), "labels");
            labels.insert(HASH.to_owned(), hash.clone().into());
            labels.insert("pod-template-generation".to_owned(), "1".into());
            pod["spec"]["nodeName"] = json!(node);
        });
        if refused.is_err() {
            break;
        }
    }
    status(tx, set, nodes.len(), &hash);
}

fn status(tx: &mut Transaction, set: &Value, desired: usize, hash: &str) {
    let pods: Vec<_> = workloads::owned(tx, "", "pods", set).into_iter().filter(|pod| active(pod)).collect();
    let Some(current) = Key::of(set).and_then(|key| tx.get(&key).cloned()) else { return };
    let serving = pods.iter().filter(|pod| ready(pod)).count();
    let updated = pods.iter().filter(|pod| object::label(pod, HASH) == Some(hash)).count();
    let mut fields = Map::new();
    fields.insert("currentNumberScheduled".to_owned(), json!(pods.len()));
    fields.insert("desiredNumberScheduled".to_owned(), json!(desired));
    fields.insert("numberAvailable".to_owned(), workloads::count(serving));
    fields.insert("numberMisscheduled".to_owned(), json!(0));
    fields.insert("numberReady".to_owned(), json!(serving));
    fields.insert("numberUnavailable".to_owned(), workloads::count(desired.saturating_sub(serving)));
    fields.insert("updatedNumberScheduled".to_owned(), workloads::count(updated));
    workloads::set_status(tx, &current, fields);
}
