//! Reading Kubernetes objects as they are stored, and writing them as people do.

use serde_json::Value;

/// A text somewhere in an object; empty when there is none.
pub(crate) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// An object as a person would write it: without what the API server adds.
pub(crate) fn for_people(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.shift_remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for added in ["uid", "resourceVersion", "generation", "creationTimestamp", "selfLink", "managedFields"] {
            metadata.shift_remove(added);
        }
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.shift_remove(manifest::last_applied::KEY);
        }
        if metadata.get("annotations").and_then(Value::as_object).is_some_and(serde_json::Map::is_empty) {
            metadata.shift_remove("annotations");
        }
    }
    object
}
