//! Walking over objects with their schema: which fields an object has, and which differ between two.

use serde_json::{Map, Value};

use crate::api::apply::field_set::{FieldSet, Step};
use manifest::openapi::{ListType, Schema};

/// What an object has, as an applier claims it.
pub(crate) fn fields_of(object: &Value, schema: Option<Schema>) -> FieldSet {
    let mut set = FieldSet::default();
    claim(&mut set, &mut Vec::new(), object, schema, false);
    set
}

/// The field's schema and whether the field stands in a struct (rather than in a map with free keys).
pub(crate) fn child(schema: Option<Schema>, key: &str) -> (Option<Schema>, bool) {
    let Some(schema) = schema else { return (None, true) };
    match schema.field(key) {
        Some(field) => (Some(field), true),
        None => (schema.values(), schema.is_struct()),
    }
}

/// The schema of what a path names.
pub(crate) fn schema_at(schema: Option<Schema>, path: &[Step]) -> Option<Schema> {
    path.iter().fold(schema, |schema, step| match step {
        Step::Field(name) => child(schema, name).0,
        Step::Key(_) | Step::Value(_) => schema.and_then(Schema::items),
    })
}

fn claim(set: &mut FieldSet, path: &mut Vec<Step>, value: &Value, schema: Option<Schema>, list_item: bool) {
    match value {
        Value::Object(map) if !schema.is_some_and(Schema::is_atomic) => {
            if map.is_empty() && !list_item {
                set.insert(path);
            }
            for (key, value) in map {
                let (schema, in_struct) = child(schema, key);
                path.push(Step::Field(key.clone()));
                if !in_struct {
                    set.insert(path);
                }
                claim(set, path, value, schema, false);
                path.pop();
            }
        }
        Value::Array(items) => match keyed(items, schema) {
            None => set.insert(path),
            Some(keyed) => {
                for (step, item) in keyed {
                    path.push(step);
                    set.insert(path);
                    claim(set, path, item, schema.and_then(Schema::items), true);
                    path.pop();
                }
            }
        },
        Value::Null => {}
        _ => set.insert(path),
    }
}

/// The items of a list that merges, each with the step that names it; `None` for a list that is replaced.
pub(crate) fn keyed(items: &[Value], schema: Option<Schema>) -> Option<Vec<(Step, &Value)>> {
    let schema = schema?;
    match schema.list_type() {
        ListType::Atomic => None,
        ListType::Set => Some(items.iter().map(|item| (Step::Value(item.to_string()), item)).collect()),
        ListType::Map(keys) => {
            let step = |item: &Value| {
                let mut named = Map::new();
                let mut keys = keys.clone();
                keys.sort_unstable();
                for key in keys {
                    let value = item.get(key).or_else(|| schema.key_default(key));
                    if let Some(value) = value {
                        named.insert(key.to_owned(), value.clone());
                    }
                }
                Step::Key(Value::Object(named).to_string())
            };
            Some(items.iter().map(|item| (step(item), item)).collect())
        }
    }
}

/// How one object became another.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    /// Fields that are new or have another value.
    pub(crate) changed: FieldSet,
    /// Fields that are gone.
    pub(crate) removed: FieldSet,
}

/// Compares two objects. A struct, map or list item that was not there before counts itself as a field.
pub(crate) fn compare(before: &Value, after: &Value, schema: Option<Schema>) -> Comparison {
    let mut comparison = Comparison::default();
    walk(&mut comparison, &mut Vec::new(), Some(before), Some(after), schema);
    comparison
}

fn walk(
    found: &mut Comparison,
    path: &mut Vec<Step>,
    before: Option<&Value>,
    after: Option<&Value>,
    schema: Option<Schema>,
) {
    let before = before.filter(|value| !value.is_null());
    let after = after.filter(|value| !value.is_null());
    if before == after {
        return;
    }
    let whole = schema.is_some_and(Schema::is_atomic);
    match (before, after) {
        (None, None) => {}
        (_, Some(Value::Object(new))) if !whole && !matches!(before, Some(v) if !v.is_object()) => {
            let empty = Map::new();
            let old = before.and_then(Value::as_object).unwrap_or(&empty);
            if before.is_none() {
                found.changed.insert(path);
            }
            fields(found, path, old, new, schema);
        }
        (Some(Value::Object(old)), None) if !whole => {
            found.removed.insert(path);
            fields(found, path, old, &Map::new(), schema);
        }
        (_, Some(Value::Array(new))) if !matches!(before, Some(v) if !v.is_array()) => {
            let old = before.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            match (keyed(old, schema), keyed(new, schema)) {
                (Some(old), Some(new)) => {
                    if before.is_none() {
                        found.changed.insert(path);
                    }
                    items(found, path, &old, &new, schema);
                }
                _ => found.changed.insert(path),
            }
        }
        (Some(Value::Array(old)), None) => {
            found.removed.insert(path);
            if let Some(old) = keyed(old, schema) {
                items(found, path, &old, &[], schema);
            }
        }
        (_, Some(_)) => found.changed.insert(path),
        (Some(_), None) => found.removed.insert(path),
    }
}

fn fields(
    found: &mut Comparison,
    path: &mut Vec<Step>,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    schema: Option<Schema>,
) {
    let gone = old.keys().filter(|key| !new.contains_key(*key));
    for key in new.keys().chain(gone) {
        path.push(Step::Field(key.clone()));
        walk(found, path, old.get(key), new.get(key), child(schema, key).0);
        path.pop();
    }
}

fn items(
    found: &mut Comparison,
    path: &mut Vec<Step>,
    old: &[(Step, &Value)],
    new: &[(Step, &Value)],
    schema: Option<Schema>,
) {
    let find =
        |list: &[(Step, &Value)], step: &Step| list.iter().find(|(s, _)| s == step).map(|(_, item)| (*item).clone());
    let gone = old.iter().filter(|(step, _)| !new.iter().any(|(s, _)| s == step));
    for (step, _) in new.iter().chain(gone) {
        path.push(step.clone());
        walk(found, path, find(old, step).as_ref(), find(new, step).as_ref(), schema.and_then(Schema::items));
        path.pop();
    }
}
