//! JSON as kubectl writes it.

pub(super) use manifest::last_applied::{for_go, sorted};
use serde::Serialize;
use serde_json::Value;

/// JSON as Go's encoder writes it: four spaces, and nothing that HTML would read.
pub(super) fn indented(value: &Value) -> String {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    if value.serialize(&mut serializer).is_err() {
        return String::new();
    }
    for_go(&String::from_utf8_lossy(&bytes))
}
