//! Building a value anew out of the parts that are named.

use std::net::IpAddr;

use serde_json::{Map, Value};

use crate::kinds::{self, Kind};

/// What is kept of a value. A value of another JSON type than is named here stays one of that type, empty:
/// that it is of a wrong type may matter, what it says does not.
#[derive(Debug)]
pub(super) enum Keep {
    /// A text, a number or a boolean, as it is.
    Scalar,
    /// A text, when it is one of these words; else an empty one.
    OneOf(&'static [&'static str]),
    /// An IP address, or `None` as Services without one say; else an empty text.
    Address,
    /// This text in the place of any other: what counts is that there is one.
    StandIn(&'static str),
    /// The same with the place in the list behind it, where names must differ.
    Numbered(&'static str),
    /// These fields of a mapping.
    Fields(&'static [(&'static str, Keep)]),
    /// Every entry of a mapping, its key as it is.
    Entries(&'static Keep),
    /// Every item of a list.
    Items(&'static Keep),
    /// The items of a list of references that name a workload.
    Workloads(&'static Keep),
}

/// The value as far as it is kept.
pub(super) fn kept(value: &Value, keep: &Keep) -> Value {
    item(value, keep, 0)
}

/// The same for an item of a list, or something in it.
fn item(value: &Value, keep: &Keep, at: usize) -> Value {
    match (keep, value) {
        (Keep::Scalar, Value::Array(_) | Value::Object(_)) => blank(value),
        (Keep::Scalar, scalar) => scalar.clone(),
        (Keep::OneOf(words), Value::String(text)) if words.contains(&text.as_str()) => value.clone(),
        (Keep::Address, Value::String(text)) if text == "None" || text.parse::<IpAddr>().is_ok() => value.clone(),
        (Keep::StandIn(text), Value::String(given)) if !given.is_empty() => (*text).into(),
        (Keep::Numbered(text), Value::String(given)) if !given.is_empty() => format!("{text}-{at}").into(),
        (Keep::Fields(fields), Value::Object(given)) => Value::Object(named(given, fields, at)),
        (Keep::Entries(keep), Value::Object(given)) => {
            Value::Object(given.iter().map(|(key, value)| (key.clone(), item(value, keep, at))).collect())
        }
        (Keep::Items(keep), Value::Array(given)) => {
            Value::Array(given.iter().enumerate().map(|(at, value)| item(value, keep, at)).collect())
        }
        (Keep::Workloads(keep), Value::Array(given)) => {
            let named = |value: &&Value| value["kind"].as_str().and_then(kinds::named).is_some_and(Kind::is_workload);
            Value::Array(given.iter().filter(named).map(|value| item(value, keep, at)).collect())
        }
        (_, other) => blank(other),
    }
}

fn named(given: &Map<String, Value>, fields: &[(&str, Keep)], at: usize) -> Map<String, Value> {
    let mut result = Map::new();
    for (name, value) in given {
        if let Some((_, keep)) = fields.iter().find(|(known, _)| known == name) {
            result.insert(name.clone(), item(value, keep, at));
        }
    }
    result
}

/// A value of the same type that says nothing.
pub(super) fn blank(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(_) => Value::Bool(false),
        Value::Number(_) => Value::from(0),
        Value::String(_) => Value::String(String::new()),
        Value::Array(_) => Value::Array(Vec::new()),
        Value::Object(_) => Value::Object(Map::new()),
    }
}
