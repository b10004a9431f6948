//! Merging an applied configuration into an object, and taking away what an applier no longer wants.

use serde_json::{Map, Value};

use crate::api::apply::field_set::Step;
use crate::api::apply::walk::{child, keyed};
use manifest::openapi::Schema;

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

/// The items of both lists: each merged with its like, in the order that the applier gives, those that only the
/// live list has between them where they stood.
fn merge_items(old: &[(Step, &Value)], new: &[(Step, &Value)], schema: Option<Schema>) -> Vec<Value> {
    let item_schema = schema.and_then(Schema::items);
    let find = |list: &[(Step, &Value)], step: &Step| list.iter().position(|(s, _)| s == step);
    let mut shared = new.iter().map(|(step, _)| step).filter(|step| find(old, step).is_some()).peekable();
    let mut merged = Vec::new();
    let (mut left, mut right) = (0, 0);
    while left < old.len() || right < new.len() {
        if let Some((step, item)) = old.get(left) {
            match find(new, step) {
                None => {
                    merged.push((*item).clone());
                    left += 1;
                    continue;
                }
                // Merged already, or to be merged when its turn comes in the applier's order.
                Some(place) if place < right || (place != right && shared.peek().is_some_and(|next| *next != step)) => {
                    left += 1;
                    continue;
                }
                Some(_) => {}
            }
        }
        let Some((step, item)) = new.get(right) else { break };
        let live = find(old, step);
        merged.push(live.map_or_else(|| (*item).clone(), |live| merge(old[live].1, item, item_schema)));
        right += 1;
        shared.next_if(|next| *next == step);
    }
    merged
}

/// Takes away what a path names, and then what held nothing else, unless `held` says that somebody wants it.
pub(crate) fn remove(value: &mut Value, path: &[Step], schema: Option<Schema>, held: impl Fn(&[Step]) -> bool) {
    take(value, path, schema);
    for above in (1..path.len()).rev().map(|length| &path[..length]) {
        if held(above) || !is_empty(value, above, schema) {
            break;
        }
        take(value, above, schema);
    }
}

fn take(value: &mut Value, path: &[Step], schema: Option<Schema>) {
    match (path, value) {
        ([Step::Field(name)], Value::Object(map)) => {
            map.shift_remove(name);
        }
        // An item that stays keeps the fields that name it.
        ([Step::Key(keys), Step::Field(name)], _) if names_item(keys, name) => {}
        ([Step::Field(name), rest @ ..], Value::Object(map)) => {
            if let Some(inner) = map.get_mut(name) {
                take(inner, rest, child(schema, name).0);
            }
        }
        ([step, rest @ ..], Value::Array(items)) => {
            let position = keyed(items, schema).and_then(|all| all.iter().position(|(s, _)| s == step));
            match position {
                Some(position) if rest.is_empty() => drop(items.remove(position)),
                Some(position) => take(&mut items[position], rest, schema.and_then(Schema::items)),
                None => {}
            }
        }
        _ => {}
    }
}

fn names_item(keys: &str, field: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(keys).is_ok_and(|keys| keys.contains_key(field))
}

/// Whether a map or list stands at a path and has nothing in it.
fn is_empty(value: &Value, path: &[Step], schema: Option<Schema>) -> bool {
    match (path, value) {
        ([], Value::Object(map)) => map.is_empty(),
        ([], Value::Array(items)) => items.is_empty(),
        ([Step::Field(name), rest @ ..], Value::Object(map)) => {
            map.get(name).is_some_and(|inner| is_empty(inner, rest, child(schema, name).0))
        }
        ([step, rest @ ..], Value::Array(items)) => {
            let all = keyed(items, schema).unwrap_or_default();
            let item = all.into_iter().find(|(s, _)| s == step);
            item.is_some_and(|(_, item)| is_empty(item, rest, schema.and_then(Schema::items)))
        }
        _ => false,
    }
}
