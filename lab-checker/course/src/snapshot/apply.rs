//! Objects put together to the snapshot of a cluster.

use std::collections::HashMap;
use std::sync::LazyLock;

use manifest::ObjectId;
use serde_json::Value;

/// What a fresh cluster holds.
pub(crate) fn baseline() -> &'static [Value] {
    static BASELINE: LazyLock<Vec<Value>> = LazyLock::new(manifest::baseline);
    &BASELINE
}

/// Puts a namespaced object without a namespace into this one, as kubectl does with its context's.
pub(crate) fn fill_namespace(object: &mut Value, namespace: &str) {
    let namespaced = ObjectId::of(object).namespace.is_some();
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    if namespaced && metadata.get("namespace").and_then(Value::as_str).is_none_or(str::is_empty) {
        metadata.insert("namespace".to_owned(), namespace.into());
    }
}

/// Applies objects as `kubectl apply` would, one with the same kind, namespace and name replacing the
/// one that is there.
pub(crate) fn apply(base: &[Value], changes: &[Value]) -> Vec<Value> {
    apply_to(base.to_vec(), changes)
}

/// The same on objects that are nobody else's.
pub(crate) fn apply_to(mut result: Vec<Value>, changes: &[Value]) -> Vec<Value> {
    let mut places: HashMap<ObjectId, usize> =
        result.iter().enumerate().map(|(place, object)| (ObjectId::of(object), place)).collect();
    for change in changes {
        match places.get(&ObjectId::of(change)) {
            Some(&place) => result[place] = change.clone(),
            None => {
                places.insert(ObjectId::of(change), result.len());
                result.push(change.clone());
            }
        }
    }
    result
}
