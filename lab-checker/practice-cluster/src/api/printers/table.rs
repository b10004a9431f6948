//! Rows and columns to a `meta.k8s.io` Table.

use serde_json::{Value, json};

use crate::api::http::query::Query;
use crate::api::printers::age::age;
use crate::api::printers::printer::{AGE, Cells, Column, Kind, NAME, Printer, name};
use crate::api::printers::{cluster, network, scaling, workloads};
use crate::resource::Resource;
use crate::store::object;
use manifest::openapi::Schema;

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
    shown(&printer(resource), resource.schema(), objects, metadata, rows)
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

/// How a kind is printed.
pub(super) fn printer(resource: &Resource) -> Printer {
    if resource.own {
        return Printer { columns: vec![NAME, AGE], cells: |o| vec![name(o), age(o)] };
    }
    let kind = &*resource.kind;
    workloads::printer(kind)
        .or_else(|| network::printer(kind))
        .or_else(|| cluster::printer(kind))
        .or_else(|| scaling::printer(kind))
        .unwrap_or(Printer { columns: vec![NAME, CREATED_AT], cells: |o| vec![name(o), created_at(o)] })
}

const CREATED_AT: Column = Column::text("Created At", "metadata.creationTimestamp");

fn created_at(object: &Value) -> Value {
    object["metadata"]["creationTimestamp"].clone()
}
