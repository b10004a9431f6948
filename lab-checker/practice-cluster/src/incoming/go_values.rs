//! JSON values as the error messages of Go name and print them.

use serde_json::Value;

/// The name of a JSON value's type in Go's error messages.
pub(crate) fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A value as Go prints a decoded JSON value with `%+v`: `map[spec:map[bogus:1]]`.
pub(crate) fn go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(go_syntax).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            let entries: Vec<String> = keys.into_iter().map(|key| format!("{key}:{}", go_syntax(&map[key]))).collect();
            format!("map[{}]", entries.join(" "))
        }
        other => other.to_string(),
    }
}
