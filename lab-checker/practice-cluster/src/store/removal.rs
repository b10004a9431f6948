//! The end of an object: at once, or when its grace is over and its finalizers are gone.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::store::object;
use crate::store::transaction::Transaction;

/// The finalizer of an object that waits for what it owns.
pub(crate) const FOREGROUND: &str = "foregroundDeletion";

/// Seconds that a pod has to end, when nobody says otherwise.
const DEFAULT_GRACE: u64 = 30;

/// Removes an object, or marks it when it has to end first: a pod that runs, a namespace, anything with
/// finalizers. Returns the object when it stays.
pub(crate) fn remove_or_terminate(tx: &mut Transaction, object: &Value, grace: Option<u64>) -> Option<Arc<Value>> {
    let key = tx.state().key_of(object)?;
    let object = Arc::clone(tx.get(&key)?);
    let grace = grace_of(&object, grace);
    if grace == 0 && !has_finalizers(&object) {
        tx.remove(&key);
        return None;
    }
    let mut ending = Value::clone(&object);
    let shorter = object["metadata"]["deletionGracePeriodSeconds"].as_u64().is_none_or(|current| grace < current);
    if object::terminating(&object) && !shorter {
        return Some(object);
    }
    let deadline = deadline(tx.now(), grace);
    let metadata = object::metadata_mut(&mut ending);
    metadata.insert("deletionTimestamp".into(), deadline.into());
    metadata.insert("deletionGracePeriodSeconds".into(), grace.into());
    if object::kind(&ending) == "Namespace" {
        object::metadata_mut(&mut ending).remove("deletionGracePeriodSeconds");
        object::child_mut(&mut ending, "status").insert("phase".into(), "Terminating".into());
    }
    Some(tx.update(ending))
}

fn deadline(now: Timestamp, grace: u64) -> String {
    let wait = SignedDuration::from_secs(i64::try_from(grace).unwrap_or(i64::MAX / 4));
    let deadline = now.checked_add(wait).unwrap_or(now);
    deadline.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Only pods that are on a node and have not ended get time to end.
fn grace_of(object: &Value, asked: Option<u64>) -> u64 {
    if object::kind(object) != "Pod" {
        return 0;
    }
    let ended = matches!(object["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    if ended || object["spec"]["nodeName"].as_str().is_none_or(str::is_empty) {
        return 0;
    }
    asked.or_else(|| object["spec"]["terminationGracePeriodSeconds"].as_u64()).unwrap_or(DEFAULT_GRACE)
}

/// Stores a checked object; one whose last finalizer went while it was being deleted goes too.
pub(crate) fn update(tx: &mut Transaction, before: &Value, object: Value) -> Arc<Value> {
    let stored = tx.update(object);
    let finalized = object::terminating(&stored)
        && has_finalizers(before)
        && !has_finalizers(&stored)
        && object::kind(&stored) != "Pod";
    if finalized && let Some(key) = tx.state().key_of(&stored) {
        tx.remove(&key);
    }
    stored
}

/// Whether something still has to happen before the object may go.
pub(crate) fn has_finalizers(object: &Value) -> bool {
    let any = |list: &Value| list.as_array().is_some_and(|list| !list.is_empty());
    any(&object["metadata"]["finalizers"])
        || (object::kind(object) == "Namespace" && any(&object["spec"]["finalizers"]))
}
