//! Writing YAML, through serde.

use serde_json::Value;

/// Writes a value as YAML, in the shape that `kubectl get -o yaml` has.
#[must_use]
pub fn to_yaml(value: &Value) -> String {
    serde_yaml::to_string(value).expect("a JSON value has only what YAML can write")
}
