//! Looking into a Kubernetes object. Whatever a learner's cluster holds is read as it is; a field of a wrong
//! type is a field that is not there.

use netpol::ObjectName;
use serde_json::Value;

/// The object's kind.
pub(crate) fn kind(object: &Value) -> &str {
    object["kind"].as_str().unwrap_or_default()
}

/// The object's namespace and name.
pub(crate) fn object_name(object: &Value) -> ObjectName {
    let part = |part: &str| object["metadata"][part].as_str().unwrap_or_default();
    ObjectName::new(part("namespace"), part("name"))
}

/// The items of a list; none when it is no list.
pub(crate) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
