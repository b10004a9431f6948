//! How a kind is printed, and the cells that many kinds have.

use serde_json::Value;

use crate::store::object;

/// A column: its name, type, and whether only `-o wide` shows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) wide: bool,
    /// The field whose description is the column's.
    pub(super) field: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Text,
    Integer,
}

impl Column {
    pub(super) const fn text(name: &'static str, field: &'static str) -> Self {
        Self { name, kind: Kind::Text, wide: false, field }
    }

    pub(super) const fn integer(name: &'static str, field: &'static str) -> Self {
        Self { name, kind: Kind::Integer, wide: false, field }
    }

    pub(super) const fn wide(name: &'static str, field: &'static str) -> Self {
        Self { name, kind: Kind::Text, wide: true, field }
    }
}

pub(super) const NAME: Column = Column { name: "Name", kind: Kind::Name, wide: false, field: "metadata.name" };
pub(super) const AGE: Column = Column::text("Age", "metadata.creationTimestamp");

/// How a kind is printed: its columns, and the cells of an object.
pub(super) struct Printer {
    pub(super) columns: Vec<Column>,
    pub(super) cells: Cells,
}

/// From an object to its cells, one a column.
pub(super) type Cells = fn(&Value) -> Vec<Value>;

/// The name.
pub(super) fn name(object: &Value) -> Value {
    object::name(object).into()
}

/// A text field, or `<none>`.
pub(super) fn text_or_none(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if !text.is_empty() => text.into(),
        _ => "<none>".into(),
    }
}

/// A count, 0 when absent.
pub(super) fn count(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

/// A number of members.
pub(super) fn length(value: &Value) -> Value {
    match value {
        Value::Object(map) => map.len().into(),
        Value::Array(items) => items.len().into(),
        _ => 0.into(),
    }
}

/// Labels as `a=b,c=d`, or `<none>`.
pub(super) fn labels(labels: &Value) -> String {
    let Some(map) = labels.as_object().filter(|map| !map.is_empty()) else { return "<none>".to_owned() };
    let mut pairs: Vec<String> =
        map.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    pairs.sort();
    pairs.join(",")
}

/// A LabelSelector as kubectl shows it: `app=web,env in (prod,stage),!old`.
pub(super) fn label_selector(selector: &Value) -> String {
    let mut terms = Vec::new();
    if let Some(map) = selector["matchLabels"].as_object() {
        terms.extend(
            map.iter().map(|(key, value)| (key.clone(), format!("{key}={}", value.as_str().unwrap_or_default()))),
        );
    }
    for expression in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = expression["key"].as_str().unwrap_or_default();
        let mut values: Vec<&str> =
            expression["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        values.sort_unstable();
        let values = values.join(",");
        let term = match expression["operator"].as_str().unwrap_or_default() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        };
        terms.push((key.to_owned(), term));
    }
    if terms.is_empty() {
        return "<none>".to_owned();
    }
    terms.sort();
    terms.into_iter().map(|(_, term)| term).collect::<Vec<_>>().join(",")
}
