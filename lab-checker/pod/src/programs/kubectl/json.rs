//! JSON as kubectl writes it.

use serde::Serialize;
use serde_json::{Map, Value};

/// The same with its fields in the order of their names, as Go's maps are printed.
pub(super) fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort();
            let fields: Map<String, Value> =
                names.into_iter().map(|name| (name.clone(), sorted(&fields[name.as_str()]))).collect();
            Value::Object(fields)
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

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

/// The characters that Go's encoder of JSON escapes, and others do not.
pub(super) fn for_go(json: &str) -> String {
    let pairs =
        [('<', "\\u003c"), ('>', "\\u003e"), ('&', "\\u0026"), ('\u{2028}', "\\u2028"), ('\u{2029}', "\\u2029")];
    pairs.iter().fold(json.to_owned(), |text, (character, escape)| text.replace(*character, escape))
}
