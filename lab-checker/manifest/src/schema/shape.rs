//! Which fields each kind has, and of which Go type: what strict decoding reads. It is read from the definitions.

use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, OnceLock};

use serde_json::Value;

use super::definitions::{self, Row, rows};

/// The shape of a JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An object with known fields: the name of a [`Struct`].
    Struct(String),
    List(Box<Shape>),
    Map(Box<Shape>),
    Text,
    Bytes,
    Bool,
    Integer(&'static str),
    Float,
    IntOrString,
    Quantity,
    Time,
    /// Anything at all.
    Any,
}

/// An object with known fields.
#[derive(Debug)]
pub(crate) struct Struct {
    /// Its Go name, such as `LabelSelector`.
    pub(crate) name: String,
    /// Its Go type with the package, such as `v1.LabelSelector`.
    pub(crate) go_type: String,
    pub(crate) fields: BTreeMap<String, Shape>,
    /// The fields that are never left out when it is written.
    pub(crate) required: Vec<String>,
}

/// A kind, and all that it is made of.
#[derive(Debug)]
pub(crate) struct Kind {
    structs: HashMap<String, Struct>,
    root: String,
}

/// A kind that is known here. Its shape is made when it is first met: all of them together take longer than many a
/// command.
pub(crate) fn find(api_version: &str, kind: &str) -> Option<&'static Kind> {
    static KINDS: LazyLock<Vec<(&Row, OnceLock<Kind>)>> =
        LazyLock::new(|| rows().map(|row| (row, OnceLock::new())).collect());
    let (row, made) = KINDS.iter().find(|(row, _)| row.api_version == api_version && row.kind == kind)?;
    Some(made.get_or_init(|| Kind::of(row)))
}

/// Every kind that is known here, with its apiVersion.
pub(crate) fn kinds() -> impl Iterator<Item = (&'static str, &'static str)> {
    rows().map(|row| (row.api_version, row.kind))
}

impl Kind {
    /// The whole object.
    pub(crate) fn root(&self) -> &Struct {
        &self.structs[&self.root]
    }

    /// A struct by the name that a [`Shape`] has for it.
    pub(crate) fn find(&self, name: &str) -> Option<&Struct> {
        self.structs.get(name)
    }

    /// The Go type of a shape, as it stands in decoding errors.
    pub(crate) fn go_type(&self, shape: &Shape) -> String {
        match shape {
            Shape::Struct(name) => self.find(name).map_or_else(|| name.clone(), |found| found.go_type.clone()),
            Shape::List(items) => format!("[]{}", self.go_type(items)),
            Shape::Map(values) => format!("map[string]{}", self.go_type(values)),
            Shape::Text => "string".to_owned(),
            Shape::Bytes => "[]uint8".to_owned(),
            Shape::Bool => "bool".to_owned(),
            Shape::Integer(name) => (*name).to_owned(),
            Shape::Float => "float64".to_owned(),
            Shape::IntOrString => "intstr.IntOrString".to_owned(),
            Shape::Quantity => "resource.Quantity".to_owned(),
            Shape::Time => "v1.Time".to_owned(),
            Shape::Any => "interface {}".to_owned(),
        }
    }

    fn of(row: &Row) -> Self {
        let mut kind = Self { structs: HashMap::new(), root: row.name.to_owned() };
        for (name, schema) in definitions::of(row) {
            kind.add(&name, &schema);
        }
        kind
    }

    fn add(&mut self, name: &str, schema: &Value) {
        let Some(properties) = schema["properties"].as_object() else { return };
        let fields =
            properties.iter().map(|(field, schema)| (field.clone(), self.shape(name, field, schema))).collect();
        let required = schema["required"].as_array().into_iter().flatten();
        let go_name = name.rsplit('.').next().unwrap_or(name).to_owned();
        let version = name.rsplit('.').nth(1).unwrap_or_default();
        let found = Struct {
            go_type: format!("{version}.{go_name}"),
            name: go_name,
            fields,
            required: required.filter_map(|field| field.as_str().map(str::to_owned)).collect(),
        };
        self.structs.insert(name.to_owned(), found);
    }

    fn shape(&mut self, owner: &str, field: &str, schema: &Value) -> Shape {
        if let Some(name) = definitions::reference(schema) {
            return by_name(name);
        }
        match schema["type"].as_str() {
            Some("array") => Shape::List(Box::new(self.shape(owner, field, &schema["items"]))),
            Some("object") if schema["properties"].is_object() => {
                // A struct that stands where it is used: its name is made from where that is.
                let name = format!("{owner}{}", capital(field));
                self.add(&name, schema);
                Shape::Struct(name)
            }
            Some("object") if schema["additionalProperties"].is_object() => {
                Shape::Map(Box::new(self.shape(owner, field, &schema["additionalProperties"])))
            }
            Some("string") if schema["format"] == "byte" => Shape::Bytes,
            Some("string") if schema["format"] == "date-time" => Shape::Time,
            Some("string") => Shape::Text,
            Some("boolean") => Shape::Bool,
            Some("integer") if schema["format"] == "int64" => Shape::Integer("int64"),
            Some("integer") => Shape::Integer("int32"),
            Some("number") => Shape::Float,
            _ if schema["x-kubernetes-int-or-string"] == true => Shape::IntOrString,
            _ => Shape::Any,
        }
    }
}

/// Types with their own way of reading JSON are known by name.
fn by_name(name: &str) -> Shape {
    match name.rsplit('.').next().unwrap_or(name) {
        "IntOrString" => Shape::IntOrString,
        "Quantity" => Shape::Quantity,
        "Time" | "MicroTime" => Shape::Time,
        "RawExtension" | "FieldsV1" | "JSON" | "JSONSchemaPropsOrBool" => Shape::Any,
        _ => Shape::Struct(name.to_owned()),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
