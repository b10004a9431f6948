//! Strategic merge patch: a merge patch that knows which lists of a kind merge by a key, with the directives
//! `$patch`, `$deleteFromPrimitiveList`, `$setElementOrder` and `$retainKeys`.

use serde_json::{Map, Value};

use crate::status::Status;
use manifest::openapi::Schema;

const DELETE_FROM_LIST: &str = "$deleteFromPrimitiveList/";
const ELEMENT_ORDER: &str = "$setElementOrder/";
const RETAIN_KEYS: &str = "$retainKeys";
const DIRECTIVE: &str = "$patch";

/// Merges `patch` into `object`.
pub(crate) fn merge(object: &mut Value, patch: &Value, schema: Option<Schema>) -> Result<(), Status> {
    let Value::Object(patch) = patch else {
        return Err(Status::bad_request("a strategic merge patch must be a JSON object"));
    };
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    if let Value::Object(map) = object {
        merge_map(map, patch, schema)?;
    }
    Ok(())
}

fn merge_map(map: &mut Map<String, Value>, patch: &Map<String, Value>, schema: Option<Schema>) -> Result<(), Status> {
    match patch.get(DIRECTIVE).map(|directive| directive.as_str().unwrap_or_default()) {
        None | Some("merge") => {}
        Some("replace") => {
            *map = without_directives(patch);
            return Ok(());
        }
        Some("delete") => {
            map.clear();
            return Ok(());
        }
        Some(other) => return Err(Status::bad_request(format!("unknown patch type: {other}"))),
    }
    if let Some(Value::Array(kept)) = patch.get(RETAIN_KEYS) {
        map.retain(|key, _| kept.iter().any(|kept| kept == key));
    }
    for (key, value) in patch {
        if let Some(list) = key.strip_prefix(DELETE_FROM_LIST) {
            delete_scalars(map, list, value);
        } else if !key.starts_with('$') {
            merge_field(map, key, value, field(schema, key))?;
        }
    }
    for (key, order) in patch {
        if let Some(list) = key.strip_prefix(ELEMENT_ORDER)
            && let (Some(Value::Array(items)), Value::Array(order)) = (map.get_mut(list), order)
        {
            sort(items, order, field(schema, list).and_then(Schema::patch_merge_key));
        }
    }
    Ok(())
}

/// A struct's field, or a map's values.
fn field(schema: Option<Schema>, key: &str) -> Option<Schema> {
    let schema = schema?;
    schema.field(key).or_else(|| schema.values())
}

fn merge_field(map: &mut Map<String, Value>, key: &str, value: &Value, schema: Option<Schema>) -> Result<(), Status> {
    match value {
        Value::Null => {
            map.shift_remove(key);
        }
        Value::Object(patch) if patch.get(DIRECTIVE).is_some_and(|directive| directive == "delete") => {
            map.shift_remove(key);
        }
        Value::Object(patch) => match map.get_mut(key) {
            Some(Value::Object(inner)) => merge_map(inner, patch, schema)?,
            _ => {
                let mut inner = Map::new();
                merge_map(&mut inner, patch, schema)?;
                map.insert(key.to_owned(), Value::Object(inner));
            }
        },
        Value::Array(patch) if schema.is_some_and(Schema::patch_merges) => {
            let items = match map.get_mut(key) {
                Some(Value::Array(items)) => std::mem::take(items),
                _ => Vec::new(),
            };
            let merged = merge_list(items, patch, schema)?;
            map.insert(key.to_owned(), Value::Array(merged));
        }
        Value::Array(patch) => {
            map.insert(key.to_owned(), Value::Array(plain_items(patch)));
        }
        scalar => {
            map.insert(key.to_owned(), scalar.clone());
        }
    }
    Ok(())
}

/// The items of a list that is replaced; a lone `{"$patch":"replace"}` is no item.
fn plain_items(patch: &[Value]) -> Vec<Value> {
    patch.iter().filter(|item| item.get(DIRECTIVE).is_none()).map(stripped).collect()
}

fn merge_list(mut items: Vec<Value>, patch: &[Value], schema: Option<Schema>) -> Result<Vec<Value>, Status> {
    if patch.iter().any(|item| item.get(DIRECTIVE).is_some_and(|directive| directive == "replace")) {
        return Ok(plain_items(patch));
    }
    let Some(key) = schema.and_then(Schema::patch_merge_key) else {
        for item in patch {
            if !items.contains(item) {
                items.push(item.clone());
            }
        }
        return Ok(items);
    };
    for item in patch {
        merge_item(&mut items, item, key, schema.and_then(Schema::items))?;
    }
    Ok(items)
}

fn merge_item(items: &mut Vec<Value>, item: &Value, key: &str, schema: Option<Schema>) -> Result<(), Status> {
    let Value::Object(fields) = item else {
        return Err(Status::bad_request(format!("a list that merges by {key} has an item that is no object")));
    };
    let Some(wanted) = fields.get(key) else {
        let shown = crate::incoming::go_values::go_syntax(item);
        return Err(Status::bad_request(format!("map: {shown} does not contain declared merge key: {key}")));
    };
    if fields.get(DIRECTIVE).is_some_and(|directive| directive == "delete") {
        items.retain(|existing| existing.get(key) != Some(wanted));
        return Ok(());
    }
    match items.iter_mut().find(|existing| existing.get(key) == Some(wanted)) {
        Some(Value::Object(existing)) => merge_map(existing, fields, schema),
        _ => {
            let mut added = Map::new();
            merge_map(&mut added, fields, schema)?;
            items.push(Value::Object(added));
            Ok(())
        }
    }
}

fn delete_scalars(map: &mut Map<String, Value>, list: &str, doomed: &Value) {
    if let (Some(Value::Array(items)), Value::Array(doomed)) = (map.get_mut(list), doomed) {
        items.retain(|item| !doomed.contains(item));
        if items.is_empty() {
            map.shift_remove(list);
        }
    }
}

/// Orders a merged list as the client has it; what only the server has stays behind the item before it.
fn sort(items: &mut [Value], order: &[Value], key: Option<&str>) {
    let identity = |item: &Value| match key {
        Some(key) => item.get(key).cloned().unwrap_or(Value::Null),
        None => item.clone(),
    };
    let mut place = 0;
    let mut places = Vec::with_capacity(items.len());
    for item in items.iter() {
        let rank = order.iter().position(|wanted| identity(wanted) == identity(item));
        place = rank.map_or(place, |rank| rank + 1);
        places.push((identity(item), place));
    }
    items.sort_by_key(|item| {
        let wanted = identity(item);
        places.iter().find(|(identity, _)| *identity == wanted).map_or(0, |(_, place)| *place)
    });
}

fn without_directives(patch: &Map<String, Value>) -> Map<String, Value> {
    let kept = patch.iter().filter(|(key, _)| !key.starts_with('$'));
    kept.map(|(key, value)| (key.clone(), stripped(value))).collect()
}

fn stripped(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(without_directives(map)),
        Value::Array(items) => Value::Array(items.iter().map(stripped).collect()),
        other => other.clone(),
    }
}
