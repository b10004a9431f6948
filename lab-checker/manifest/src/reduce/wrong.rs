//! What an API server refuses must still be refused when it is reduced, and for the same reason: the places
//! that are wrong come back, with as little in them as makes them wrong.

use serde_json::{Map, Value};

use super::keep::{Keep, blank, kept};
use crate::admission::{self, FieldValidation};
use crate::lower::{Source, lower};
use crate::schema::{Shape, inspect};

/// A step from a value to one inside of it.
enum Step {
    Field(String),
    Item(usize),
}

/// Puts back what is wrong with `whole`.
pub(super) fn restore(reduced: &mut Value, whole: &Value) {
    if is_accepted(whole) {
        return;
    }
    for (path, value) in wrong_places(whole) {
        put(reduced, whole, &steps(whole, &path), value);
    }
    if is_accepted(reduced)
        && let Some(fields) = reduced.as_object_mut()
    {
        // It is wrong in a way that cannot be shown without what is left out.
        fields.insert("refused".to_owned(), Value::Null);
    }
}

/// Whether an API server accepts the object, and it can be judged.
fn is_accepted(object: &Value) -> bool {
    let Ok(decoded) = admission::decode(object, FieldValidation::Strict) else { return false };
    let mut object = decoded.value;
    admission::default(&mut object);
    admission::validate(&object).is_empty() && lower(&[object], Source::Files).is_ok()
}

/// The places that are wrong, for tests.
#[cfg(test)]
pub(super) fn places(whole: &Value) -> Vec<String> {
    wrong_places(whole).into_iter().map(|(path, _)| path).collect()
}

/// The places that are wrong, and what to show of them.
fn wrong_places(whole: &Value) -> Vec<(String, Value)> {
    let Some((mut decoded, findings)) = inspect(whole) else { return Vec::new() };
    let unknown = findings.unknown.iter().map(|field| (field.path.clone(), Value::Null));
    let mistyped = findings.wrong.iter().map(|wrong| {
        let value = at(whole, &steps(whole, &wrong.path)).unwrap_or(&Value::Null);
        let told = matches!(wrong.wanted, Shape::Integer(_) | Shape::IntOrString) && value.is_number();
        (wrong.path.clone(), if told { value.clone() } else { blank(value) })
    });
    let mut places: Vec<(String, Value)> = unknown.chain(mistyped).collect();
    if places.is_empty() {
        admission::default(&mut decoded);
        places.extend(admission::validate(&decoded).into_iter().map(|error| {
            let value = at(whole, &steps(whole, &error.field)).unwrap_or(&Value::Null);
            (error.field, kept(value, &Keep::Scalar))
        }));
    }
    places
}

/// The way to a place that is written like `spec.containers[0].name`, as far as the object goes. Keys of
/// mappings may have dots themselves.
fn steps(value: &Value, path: &str) -> Vec<Step> {
    let path = path.strip_prefix('.').unwrap_or(path);
    match value {
        Value::Object(fields) => {
            let ways = fields.iter().filter_map(|(key, value)| {
                let rest = path.strip_prefix(key.as_str())?;
                (rest.is_empty() || rest.starts_with(['.', '['])).then_some((key, value, rest))
            });
            // Of several keys that fit, the longest leads there.
            match ways.min_by_key(|(.., rest)| rest.len()) {
                Some((key, value, rest)) => {
                    std::iter::once(Step::Field(key.clone())).chain(steps(value, rest)).collect()
                }
                None => Vec::new(),
            }
        }
        Value::Array(items) => {
            let place = path.strip_prefix('[').and_then(|path| path.split_once(']'));
            let place = place.and_then(|(number, rest)| Some((number.parse::<usize>().ok()?, rest)));
            match place.and_then(|(number, rest)| Some((number, items.get(number)?, rest))) {
                Some((number, item, rest)) => std::iter::once(Step::Item(number)).chain(steps(item, rest)).collect(),
                None => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

fn at<'a>(value: &'a Value, steps: &[Step]) -> Option<&'a Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Field(name) => value.get(name),
        Step::Item(number) => value.get(number),
    })
}

/// Puts a value at a place, and makes what leads there.
fn put(reduced: &mut Value, whole: &Value, steps: &[Step], value: Value) {
    let Some((step, rest)) = steps.split_first() else {
        // What is there already stays, except that a text or a number is told as it is.
        if reduced.is_null() || !(value.is_null() || value.is_object() || value.is_array()) {
            *reduced = value;
        }
        return;
    };
    match (step, whole) {
        (Step::Field(name), Value::Object(given)) => {
            let inner = &given[name];
            if !reduced.is_object() {
                *reduced = Value::Object(Map::new());
            }
            put(&mut reduced[name], inner, rest, value);
        }
        (Step::Item(number), Value::Array(given)) => {
            if !reduced.is_array() {
                *reduced = Value::Array(Vec::new());
            }
            let Some(items) = reduced.as_array_mut() else { return };
            while items.len() <= *number {
                items.push(blank(&given[items.len()]));
            }
            put(&mut items[*number], &given[*number], rest, value);
        }
        _ => {}
    }
}
