//! The patch of `kubectl apply`: what the file changes in the stored object, and what was in the file before and is
//! not any more. Lists merge by their keys where the kind says so.

use manifest::openapi::Schema;
use serde_json::{Map, Value, json};

/// The patch from what was applied before and what is stored to what the file says; empty when nothing changes.
pub(super) fn patch(before: &Value, stored: &Value, wanted: &Value) -> Value {
    let text = |field: &str| wanted[field].as_str().unwrap_or_default();
    let schema = Schema::of(text("apiVersion"), text("kind"));
    let mut patch = changes(object(stored), object(wanted), schema);
    merge(&mut patch, deletions(object(before), object(wanted), schema));
    Value::Object(patch)
}

/// The fields of an object.
fn object(value: &Value) -> &Map<String, Value> {
    static NOTHING: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    value.as_object().unwrap_or(&NOTHING)
}

fn field(schema: Option<Schema>, name: &str) -> Option<Schema> {
    let schema = schema?;
    schema.field(name).or_else(|| schema.values())
}

/// By which field the items of a list are told apart.
fn key(schema: Option<Schema>) -> Option<&'static str> {
    schema.filter(|schema| schema.patch_merges())?.patch_merge_key()
}

/// What is new or other in `wanted`.
fn changes(stored: &Map<String, Value>, wanted: &Map<String, Value>, schema: Option<Schema>) -> Map<String, Value> {
    let mut patch = Map::new();
    for (name, value) in wanted {
        let schema = field(schema, name);
        match (stored.get(name), value) {
            (None, value) => drop(patch.insert(name.clone(), value.clone())),
            (Some(Value::Object(before)), Value::Object(after)) => {
                let inner = changes(before, after, schema);
                if !inner.is_empty() {
                    patch.insert(name.clone(), Value::Object(inner));
                }
            }
            (Some(Value::Array(before)), Value::Array(after)) if key(schema).is_some() => {
                let items =
                    changed_items(before, after, key(schema).unwrap_or_default(), schema.and_then(Schema::items));
                if !items.is_empty() {
                    let by = key(schema).unwrap_or_default();
                    let order: Vec<Value> = after.iter().map(|item| json!({by: item[by]})).collect();
                    patch.insert(format!("$setElementOrder/{name}"), order.into());
                    patch.insert(name.clone(), items.into());
                }
            }
            (Some(before), after) if before != after => drop(patch.insert(name.clone(), after.clone())),
            _ => {}
        }
    }
    patch
}

fn changed_items(stored: &[Value], wanted: &[Value], key: &str, schema: Option<Schema>) -> Vec<Value> {
    let mut items = Vec::new();
    for item in wanted {
        let Some(before) = stored.iter().find(|before| before[key] == item[key]) else {
            items.push(item.clone());
            continue;
        };
        let mut patch = changes(object(before), object(item), schema);
        if !patch.is_empty() {
            patch.insert(key.to_owned(), item[key].clone());
            items.push(Value::Object(patch));
        }
    }
    items
}

/// What was there before and is not wanted any more.
fn deletions(before: &Map<String, Value>, wanted: &Map<String, Value>, schema: Option<Schema>) -> Map<String, Value> {
    let mut patch = Map::new();
    for (name, value) in before {
        let schema = field(schema, name);
        match (value, wanted.get(name)) {
            (_, None) => drop(patch.insert(name.clone(), Value::Null)),
            (Value::Object(before), Some(Value::Object(after))) => {
                let inner = deletions(before, after, schema);
                if !inner.is_empty() {
                    patch.insert(name.clone(), Value::Object(inner));
                }
            }
            (Value::Array(before), Some(Value::Array(after))) => {
                let Some(key) = key(schema) else { continue };
                let items = deleted_items(before, after, key, schema.and_then(Schema::items));
                if !items.is_empty() {
                    patch.insert(name.clone(), items.into());
                }
            }
            _ => {}
        }
    }
    patch
}

fn deleted_items(before: &[Value], wanted: &[Value], key: &str, schema: Option<Schema>) -> Vec<Value> {
    let mut items = Vec::new();
    for item in before {
        match wanted.iter().find(|after| after[key] == item[key]) {
            None => items.push(json!({"$patch": "delete", key: item[key]})),
            Some(after) => {
                let mut patch = deletions(object(item), object(after), schema);
                if !patch.is_empty() {
                    patch.insert(key.to_owned(), item[key].clone());
                    items.push(Value::Object(patch));
                }
            }
        }
    }
    items
}

/// Puts one patch into another. Items of the same list stand behind each other: the server takes them one by one.
fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (Some(Value::Object(into)), Value::Object(from)) => merge(into, from),
            (Some(Value::Array(into)), Value::Array(from)) => into.extend(from),
            (None, value) => drop(into.insert(name, value)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(containers: Value) -> Value {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": containers}})
    }

    #[test]
    fn what_others_set_stays_and_what_left_the_file_goes() {
        let before = json!({"metadata": {"labels": {"a": "1", "b": "2"}}});
        let stored = json!({"metadata": {"labels": {"a": "1", "b": "2", "other": "x"}}, "status": {}});
        let wanted = json!({"metadata": {"labels": {"a": "3"}}});
        assert_eq!(patch(&before, &stored, &wanted), json!({"metadata": {"labels": {"a": "3", "b": null}}}));
        assert_eq!(patch(&wanted, &json!({"metadata": {"labels": {"a": "3", "z": "1"}}}), &wanted), json!({}));
    }

    #[test]
    fn lists_merge_by_their_keys() {
        let defaulted = pod(json!([{"name": "c", "image": "nginx", "terminationMessagePath": "/dev/termination-log"}]));
        let same = pod(json!([{"name": "c", "image": "nginx"}]));
        assert_eq!(patch(&same, &defaulted, &same), json!({}));
        let other = pod(json!([{"name": "c", "image": "httpd"}]));
        assert_eq!(
            patch(&same, &defaulted, &other),
            json!({"spec": {
                "$setElementOrder/containers": [{"name": "c"}],
                "containers": [{"image": "httpd", "name": "c"}],
            }})
        );
        let two = pod(json!([{"name": "c", "image": "nginx"}, {"name": "d", "image": "redis"}]));
        assert_eq!(
            patch(&two, &two, &same)["spec"]["containers"],
            json!([{"$patch": "delete", "name": "d"}]),
            "the stored one has it still"
        );
    }
}
