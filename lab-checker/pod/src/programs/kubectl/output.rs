//! Objects as `-o` asks for them.

use serde_json::{Value, json};

use super::failure::Failure;
use super::flags::Flags;
use super::json::{indented, sorted};
use super::jsonpath;
use super::resources::Kinds;
use super::tabs::{TABLE, aligned};
use super::yaml;

/// How objects are printed.
pub(super) enum Format {
    Table { wide: bool },
    Yaml,
    Json,
    Name,
    JsonPath(String),
    CustomColumns(String),
}

/// Reads `-o`.
pub(super) fn format(flags: &Flags) -> Result<Format, Failure> {
    let Some(text) = flags.value("output").filter(|text| !text.is_empty()) else {
        return Ok(Format::Table { wide: false });
    };
    let (name, argument) = text.split_once('=').unwrap_or((text, ""));
    Ok(match name {
        "wide" => Format::Table { wide: true },
        "yaml" => Format::Yaml,
        "json" => Format::Json,
        "name" => Format::Name,
        "jsonpath" if argument.is_empty() => {
            return Err(Failure::said("template format specified but no template given"));
        }
        "jsonpath" => Format::JsonPath(argument.to_owned()),
        "custom-columns" if argument.is_empty() => {
            return Err(Failure::said("custom-columns format specified but no custom columns given"));
        }
        "custom-columns" => Format::CustomColumns(argument.to_owned()),
        _ => {
            return Err(Failure::said(format!(
                "unable to match a printer suitable for the output format \"{text}\", allowed formats are: custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml"
            )));
        }
    })
}

/// Prints objects otherwise than as a table; several are a list.
pub(super) fn print(
    format: &Format,
    kinds: &Kinds,
    mut objects: Vec<Value>,
    list: bool,
    managed: bool,
) -> Result<String, Failure> {
    if !managed {
        objects.iter_mut().for_each(without_managed_fields);
    }
    if let Format::Name = format {
        return Ok(objects.iter().map(|object| format!("{}\n", name(kinds, object))).collect());
    }
    let whole = match objects.as_slice() {
        [one] if !list => one.clone(),
        _ => json!({"apiVersion": "v1", "items": objects, "kind": "List", "metadata": {"resourceVersion": ""}}),
    };
    Ok(match format {
        Format::Yaml => yaml::print(&whole),
        Format::Json => format!("{}\n", indented(&sorted(&whole))),
        Format::JsonPath(template) => jsonpath::print(template, &sorted(&whole)).map_err(Failure::Said)?,
        Format::CustomColumns(columns) => custom_columns(columns, &objects)?,
        Format::Name | Format::Table { .. } => String::new(),
    })
}

/// `pod/web`.
pub(super) fn name(kinds: &Kinds, object: &Value) -> String {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    match kinds.of_object(object) {
        Some(kind) => format!("{}/{name}", kind.qualified()),
        None => format!("{}/{name}", object["kind"].as_str().unwrap_or_default().to_lowercase()),
    }
}

fn without_managed_fields(object: &mut Value) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("managedFields");
    }
}

/// `-o custom-columns=NAME:.metadata.name,…`.
fn custom_columns(columns: &str, objects: &[Value]) -> Result<String, Failure> {
    let mut pairs = Vec::new();
    for column in columns.split(',') {
        let Some((header, path)) = column.split_once(':') else {
            return Err(Failure::said(format!(
                "unexpected custom-columns spec: {column}, expected <header>:<json-path-expr>"
            )));
        };
        pairs.push((header, path.trim_matches(|edge| matches!(edge, '{' | '}'))));
    }
    let mut text = format!("{}\n", pairs.iter().map(|(header, _)| *header).collect::<Vec<_>>().join("\t"));
    for object in objects {
        let mut cells = Vec::new();
        for (_, path) in &pairs {
            let path = if path.starts_with('.') { (*path).to_owned() } else { format!(".{path}") };
            let found = jsonpath::find(&path, object).map_err(Failure::Said)?;
            let texts: Vec<String> = found.iter().map(|value| jsonpath::in_go(value)).collect();
            cells.push(if texts.is_empty() { "<none>".to_owned() } else { texts.join(",") });
        }
        text.push_str(&format!("{}\n", cells.join("\t")));
    }
    Ok(aligned(&text, TABLE))
}
