//! Merging an applied configuration into an object, and taking away what an applier no longer wants.

use serde_json::{Map, Value};

use crate::apply::field_set::Step;
use crate::apply::walk::{child, keyed};
use crate::schema::Schema;

/// `live` with everything that `applied` says.
pub(crate) fn merge(live: &Value, applied: &Value, schema: Option<Schema>) -> Value {
    match (live, applied) {
        (Value::Object(old), Value::Object(new)) if !schema.is_some_and(Schema::is_atomic) => {
            let mut merged = old.clone();
            for (key, value) in new {
                let result = match old.get(key) {
                    Some(old) => merge(old, value, child(schema, key).0),
                    None => value.clone(),
                };
                merged.insert(key.clone(), result);
            }
            Value::Object(merged)
        }
        (Value::Array(old), Value::Array(new)) => match (keyed(old, schema), keyed(new, schema)) {
            (Some(old), Some(new)) => Value::Array(merge_items(&old, &new, schema)),
            _ => applied.clone(),
        },
        _ => applied.clone(),
    }
}

fn merge_items(old: &[(Step, &Value)], new: &[(Step, &Value)], schema: Option<Schema>) -> Vec<Value> {
    let item_schema = schema.and_then(Schema::items);
    let find = |list: &[(Step, &Value)], step: &Step| list.iter().position(|(s, _)| s == step);
    let mut merged: Vec<Value> = old
        .iter()
        .map(|(step, item)| match find(new, step) {
            Some(position) => merge(item, new[position].1, item_schema),
            None => (*item).clone(),
        })
        .collect();
    merged.extend(new.iter().filter(|(step, _)| find(old, step).is_none()).map(|(_, item)| (*item).clone()));
    merged
}

/// Takes away what a path names.
pub(crate) fn remove(value: &mut Value, path: &[Step], schema: Option<Schema>) {
    match (path, value) {
        ([Step::Field(name)], Value::Object(map)) => {
            map.shift_remove(name);
        }
        ([Step::Field(name), rest @ ..], Value::Object(map)) => {
            let schema = child(schema, name).0;
            if let Some(inner) = map.get_mut(name) {
                remove(inner, rest, schema);
                prune_empty(map, name);
            }
        }
        ([step, rest @ ..], Value::Array(items)) => {
            let position = keyed(items, schema).and_then(|all| all.iter().position(|(s, _)| s == step));
            let Some(position) = position else { return };
            if rest.is_empty() {
                items.remove(position);
            } else {
                remove(&mut items[position], rest, schema.and_then(Schema::items));
            }
        }
        _ => {}
    }
}

/// A map or list that became empty because its last member was taken away goes as well.
fn prune_empty(map: &mut Map<String, Value>, name: &str) {
    let empty = match map.get(name) {
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(inner)) => inner.is_empty() && matches!(name, "labels" | "annotations"),
        _ => false,
    };
    if empty {
        map.shift_remove(name);
    }
}
