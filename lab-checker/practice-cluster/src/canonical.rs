//! The order of an object's fields on the wire: Go writes them in the order of its structs, and people who
//! read raw JSON expect `kind`, `apiVersion`, `metadata`, `spec`, `status`.

use serde_json::{Map, Value};

const TOP: &[&str] = &["kind", "apiVersion", "metadata", "spec", "status"];
const METADATA: &[&str] = &[
    "name",
    "generateName",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
];

/// `object` with its outer fields in the order of the Go types.
pub(crate) fn ordered(object: Value) -> Value {
    let Value::Object(map) = object else { return object };
    let mut map = sorted(map, TOP);
    if let Some(Value::Object(metadata)) = map.get_mut("metadata") {
        *metadata = sorted(std::mem::take(metadata), METADATA);
    }
    Value::Object(map)
}

fn sorted(mut map: Map<String, Value>, order: &[&str]) -> Map<String, Value> {
    let mut result = Map::with_capacity(map.len());
    for &field in order {
        if let Some(value) = map.shift_remove(field) {
            result.insert(field.to_owned(), value);
        }
    }
    result.extend(map);
    result
}
