//! From a pod that changed to the workload that owns it, which looks again.

use std::sync::Arc;

use serde_json::Value;

use super::replica_sets;
use super::workloads::{controller, owner_key};
use crate::store::queue::Work;
use crate::store::state::Change;
use crate::store::transaction::Transaction;

/// A pod came, changed or went: its workload looks again.
pub(super) fn pod_changed(tx: &mut Transaction, change: &Change) {
    for pod in [&change.before, &change.after].into_iter().flatten() {
        if let Some(owner) = controller(pod).and_then(|owner| owner_key(change.key.namespace(), owner)) {
            tx.enqueue(Work::Workload(owner));
        }
    }
    match &change.after {
        Some(pod) if controller(pod).is_none() && labels_changed(change) => replica_sets::adopt(tx, &change.key),
        Some(_) => {}
        None => tx.pod_made_room(),
    }
}

fn labels_changed(change: &Change) -> bool {
    let labels = |pod: &Option<Arc<Value>>| pod.as_ref().map(|pod| pod["metadata"]["labels"].clone());
    labels(&change.before) != labels(&change.after)
}
