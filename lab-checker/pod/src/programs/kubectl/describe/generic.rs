//! An object of any kind, field by field: `status.readyReplicas` becomes `Ready Replicas` under `Status`.

use serde_json::{Map, Value};

use super::page::{Page, text};
use crate::programs::kubectl::kind::Kind;

/// The fields that stand at the top, or that nobody wants to read.
const LEFT_OUT: [&str; 9] =
    ["name", "namespace", "labels", "annotations", "managedFields", "selfLink", "apiVersion", "kind", "metadata"];

pub(super) fn write(page: &mut Page, kind: &Kind, object: &Value) -> bool {
    let metadata = &object["metadata"];
    page.field(0, "Name", text(&metadata["name"]));
    page.field(0, "Namespace", text(&metadata["namespace"]));
    page.labels("Labels", &metadata["labels"]);
    page.annotations(&metadata["annotations"]);
    page.field(0, "API Version", kind.api_version());
    page.field(0, "Kind", &kind.kind);
    page.line(0, "Metadata:");
    if let Some(fields) = metadata.as_object() {
        write_fields(page, 1, fields, &LEFT_OUT);
    }
    if let Some(fields) = object.as_object() {
        write_fields(page, 0, fields, &LEFT_OUT);
    }
    true
}

fn write_fields(page: &mut Page, level: usize, fields: &Map<String, Value>, left_out: &[&str]) {
    let mut names: Vec<&String> = fields.keys().filter(|name| !left_out.contains(&name.as_str())).collect();
    names.sort();
    for name in names {
        let title = titled(name);
        match &fields[name.as_str()] {
            Value::Object(inner) => {
                page.line(level, &format!("{title}:"));
                write_fields(page, level + 1, inner, &[]);
            }
            Value::Array(items) => {
                page.line(level, &format!("{title}:"));
                for item in items {
                    match item {
                        Value::Object(inner) => write_fields(page, level + 1, inner, &[]),
                        item => page.line(level + 1, &plain(item)),
                    }
                }
            }
            value => page.field(level, &title, plain(value)),
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".to_owned(),
        other => other.to_string(),
    }
}

/// `readyReplicas` as `Ready Replicas`; names that are no such words stay as they are.
fn titled(name: &str) -> String {
    if name.contains(['/', '.', '-']) {
        return name.to_owned();
    }
    let mut title = String::new();
    let mut before = ' ';
    for (at, character) in name.chars().enumerate() {
        if at > 0 && character.is_uppercase() && !before.is_uppercase() {
            title.push(' ');
        }
        title.push(if at == 0 { character.to_ascii_uppercase() } else { character });
        before = character;
    }
    title
}
