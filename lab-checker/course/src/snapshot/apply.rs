//! Objects put together to the snapshot of a cluster.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
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
pub(crate) fn apply<'a>(base: &[Value], changes: impl IntoIterator<Item = &'a Value>) -> Vec<Value> {
    let mut result = base.to_vec();
    let mut places = places(base);
    for change in changes {
        match places.entry(ObjectId::of(change)) {
            Entry::Occupied(place) => result[*place.get()] = change.clone(),
            Entry::Vacant(place) => {
                place.insert(result.len());
                result.push(change.clone());
            }
        }
    }
    result
}

fn places(objects: &[Value]) -> HashMap<ObjectId, usize> {
    objects.iter().enumerate().map(|(place, object)| (ObjectId::of(object), place)).collect()
}

/// A cluster on which many things are applied, each time anew: what they leave alone is not copied.
pub(crate) struct Base {
    objects: Vec<Value>,
    places: HashMap<ObjectId, usize>,
}

impl Base {
    /// A fresh cluster with these objects in it.
    pub(crate) fn of<'a>(objects: impl IntoIterator<Item = &'a Value>) -> Self {
        let objects = apply(baseline(), objects);
        Self { places: places(&objects), objects }
    }

    /// What is there.
    pub(crate) fn objects(&self) -> &[Value] {
        &self.objects
    }

    /// The same with these objects applied.
    pub(crate) fn with(&self, changes: impl IntoIterator<Item = Value>) -> Vec<Cow<'_, Value>> {
        let mut result: Vec<Cow<'_, Value>> = self.objects.iter().map(Cow::Borrowed).collect();
        let mut added: HashMap<ObjectId, usize> = HashMap::new();
        for change in changes {
            let id = ObjectId::of(&change);
            match self.places.get(&id).or_else(|| added.get(&id)) {
                Some(place) => result[*place] = Cow::Owned(change),
                None => {
                    added.insert(id, result.len());
                    result.push(Cow::Owned(change));
                }
            }
        }
        result
    }
}
