//! Nodes that come, go and change.

use std::sync::Arc;

use serde_json::Value;

use crate::resource;
use crate::store::queue::Work;
use crate::store::state::Change;
use crate::store::transaction::Transaction;

/// A node came, went, or takes other pods than before: those that wait try again, and DaemonSets look again.
pub(super) fn changed(tx: &mut Transaction, change: &Change) {
    let aspect = |node: &Option<Arc<Value>>| {
        let node = node.as_deref()?;
        Some((node["metadata"]["labels"].clone(), node["spec"].clone()))
    };
    if aspect(&change.before) == aspect(&change.after) {
        return;
    }
    tx.enqueue(Work::Unscheduled);
    let sets = tx.state().list(resource::known("apps", "daemonsets"), None);
    let sets: Vec<_> = sets.map(|(key, _)| Work::Workload(key.clone())).collect();
    sets.into_iter().for_each(|set| tx.enqueue(set));
}
