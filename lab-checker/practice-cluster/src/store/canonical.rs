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

/// `object` with its outer fields in the order of the Go types, ready to be kept: without spare room. Maps and
/// lists that grew have up to three times what they need, and a cluster consists of little else.
pub(crate) fn ordered(object: Value) -> Value {
    let Value::Object(map) = object else { return object };
    let mut map = sorted(map, TOP);
    if let Some(Value::Object(metadata)) = map.get_mut("metadata") {
        *metadata = sorted(std::mem::take(metadata), METADATA);
    }
    tight(Value::Object(map))
}

fn tight(value: Value) -> Value {
    match value {
        Value::String(mut text) => {
            text.shrink_to_fit();
            Value::String(text)
        }
        // Collecting in place would keep the room that there was.
        Value::Array(items) => {
            let mut tight_items = Vec::with_capacity(items.len());
            tight_items.extend(items.into_iter().map(tight));
            Value::Array(tight_items)
        }
        Value::Object(map) => {
            let mut tight_map = Map::with_capacity(map.len());
            for (mut key, value) in map {
                key.shrink_to_fit();
                tight_map.insert(key, tight(value));
            }
            Value::Object(tight_map)
        }
        other => other,
    }
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
