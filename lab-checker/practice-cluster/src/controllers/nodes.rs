//! Nodes that come, go and change.

use std::sync::Arc;

use serde_json::Value;

use super::{daemon_sets, pods};
use crate::resource;
use crate::status::Status;
use crate::store::object;
use crate::store::state::Change;
use crate::store::transaction::Transaction;

/// A node came, went, or takes other pods than before: those that wait try again, and DaemonSets look again.
pub(super) fn changed(tx: &mut Transaction, change: &Change) -> Result<(), Status> {
    let aspect = |node: &Option<Arc<Value>>| {
        let node = node.as_deref()?;
        Some((node["metadata"]["labels"].clone(), node["spec"].clone()))
    };
    if aspect(&change.before) == aspect(&change.after) {
        return Ok(());
    }
    pods::retry_unscheduled(tx)?;
    for set in tx.list(resource::known("apps", "daemonsets"), None) {
        if !object::terminating(&set) {
            daemon_sets::sync(tx, &set)?;
        }
    }
    Ok(())
}
