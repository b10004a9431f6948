//! `kubectl get` for people: each kind as a table, computed by the server as a real API server does.

mod age;
mod cluster;
mod network;
mod scaling;
mod workloads;

use serde_json::{Value, json};

use crate::api::http::query::Query;
use crate::api::schema::Schema;
use crate::store::object;
use crate::store::resource::Resource;

pub(crate) use age::{age, since};

/// A column: its name, type, and whether only `-o wide` shows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    name: &'static str,
    kind: Kind,
    wide: bool,
    /// The field whose description is the column's.
    field: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Name,
    Text,
    Integer,
}

impl Column {
    const fn text(name: &'static str, field: &'static str) -> Self {
        Self { name, kind: Kind::Text, wide: false, field }
    }

    const fn integer(name: &'static str, field: &'static str) -> Self {
        Self { name, kind: Kind::Integer, wide: false, field }
    }

    const fn wide(name: &'static str, field: &'static str) -> Self {
        Self { name, kind: Kind::Text, wide: true, field }
    }
}

const NAME: Column = Column { name: "Name", kind: Kind::Name, wide: false, field: "metadata.name" };
const AGE: Column = Column::text("Age", "metadata.creationTimestamp");

/// How a kind is printed: its columns, and the cells of an object.
struct Printer {
    columns: Vec<Column>,
    cells: Cells,
}

/// From an object to its cells, one a column.
type Cells = fn(&Value) -> Vec<Value>;

/// What a row carries besides its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Nothing.
    Bare,
    /// The object's metadata.
    Metadata,
    /// The whole object.
    Object,
}

impl Rows {
    /// What `includeObject` asks for.
    pub(crate) fn of(query: &Query) -> Self {
        match query.text("includeObject") {
            Some("None") => Self::Bare,
            Some("Object") => Self::Object,
            _ => Self::Metadata,
        }
    }
}

/// The table of some objects of a kind.
pub(crate) fn of<'a>(
    resource: &Resource,
    objects: impl Iterator<Item = &'a Value>,
    metadata: &Value,
    rows: Rows,
) -> Value {
    shown(&printer(resource), Schema::of(resource), objects, metadata, rows)
}

/// The table of a Scale.
pub(crate) fn of_scale(scale: &Value, rows: Rows) -> Value {
    let columns = vec![NAME, Column::integer("Desired", ""), Column::integer("Available", ""), AGE];
    let cells: Cells = |o| vec![name(o), o["spec"]["replicas"].clone(), o["status"]["replicas"].clone(), age(o)];
    let metadata = json!({"resourceVersion": object::metadata_str(scale, "resourceVersion")});
    shown(&Printer { columns, cells }, None, std::iter::once(scale), &metadata, rows)
}

fn shown<'a>(
    printer: &Printer,
    schema: Option<Schema>,
    objects: impl Iterator<Item = &'a Value>,
    metadata: &Value,
    rows: Rows,
) -> Value {
    let rows: Vec<Value> = objects
        .map(|object| {
            let cells = (printer.cells)(object);
            let object = match rows {
                Rows::Bare => Value::Null,
                Rows::Object => object.clone(),
                Rows::Metadata => json!({
                    "kind": "PartialObjectMetadata",
                    "apiVersion": "meta.k8s.io/v1",
                    "metadata": object["metadata"],
                }),
            };
            json!({"cells": cells, "object": object})
        })
        .collect();
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": definitions(schema, printer),
        "rows": rows,
    })
}

fn definitions(schema: Option<Schema>, printer: &Printer) -> Value {
    printer
        .columns
        .iter()
        .map(|column| {
            json!({
                "name": column.name,
                "type": if column.kind == Kind::Integer { "integer" } else { "string" },
                "format": if column.kind == Kind::Name { "name" } else { "" },
                "description": description(schema, column.field),
                "priority": i32::from(column.wide),
            })
        })
        .collect()
}

fn description(schema: Option<Schema>, field: &str) -> String {
    let mut schema = schema;
    for part in field.split('.').filter(|part| !part.is_empty()) {
        schema = schema.and_then(|schema| schema.field(part));
    }
    schema.map(Schema::description).unwrap_or_default().to_owned()
}

fn printer(resource: &Resource) -> Printer {
    workloads::printer(resource.kind)
        .or_else(|| network::printer(resource.kind))
        .or_else(|| cluster::printer(resource.kind))
        .or_else(|| scaling::printer(resource.kind))
        .unwrap_or(Printer { columns: vec![NAME, CREATED_AT], cells: |o| vec![name(o), created_at(o)] })
}

const CREATED_AT: Column = Column::text("Created At", "metadata.creationTimestamp");

fn created_at(object: &Value) -> Value {
    object["metadata"]["creationTimestamp"].clone()
}

fn name(object: &Value) -> Value {
    object::name(object).into()
}

/// A text field, or `<none>`.
fn text_or_none(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if !text.is_empty() => text.into(),
        _ => "<none>".into(),
    }
}

/// A count, 0 when absent.
fn count(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

/// A number of members.
fn length(value: &Value) -> Value {
    match value {
        Value::Object(map) => map.len().into(),
        Value::Array(items) => items.len().into(),
        _ => 0.into(),
    }
}

/// Labels as `a=b,c=d`, or `<none>`.
fn labels(labels: &Value) -> String {
    let Some(map) = labels.as_object().filter(|map| !map.is_empty()) else { return "<none>".to_owned() };
    let mut pairs: Vec<String> =
        map.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    pairs.sort();
    pairs.join(",")
}

/// A LabelSelector as kubectl shows it: `app=web,env in (prod,stage),!old`.
fn label_selector(selector: &Value) -> String {
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

#[cfg(test)]
mod tests;
