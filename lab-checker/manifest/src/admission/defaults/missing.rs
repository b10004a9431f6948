//! Filling in what is missing. Doing it twice changes nothing.

use serde_json::{Map, Value};

/// Puts a value where none is, or `null`.
pub(super) fn set(map: &mut Map<String, Value>, field: &str, value: impl Into<Value>) {
    if map.get(field).is_none_or(Value::is_null) {
        map.insert(field.to_owned(), value.into());
    }
}

/// The same where an empty text, too, says nothing.
pub(super) fn set_text(map: &mut Map<String, Value>, field: &str, value: &str) {
    if map.get(field).is_none_or(|given| given.is_null() || given == "") {
        map.insert(field.to_owned(), value.into());
    }
}

/// A field that is a mapping, made (or remade) when it is none.
pub(super) fn entry<'a>(map: &'a mut Map<String, Value>, field: &str) -> &'a mut Map<String, Value> {
    let child = map.entry(field).or_insert_with(|| Value::Object(Map::new()));
    if !child.is_object() {
        *child = Value::Object(Map::new());
    }
    child.as_object_mut().expect("made a mapping above")
}
