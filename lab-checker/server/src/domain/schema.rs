//! The fields of the kinds that the course's labs let learners change: what an editor completes, and what it shows
//! beside a field. Small: of pods only what people type in a lab, and of long descriptions their beginning.

use std::collections::{BTreeMap, BTreeSet};

use course::Course;
use manifest::{kinds::Kind, openapi};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What an object's metadata is called in Kubernetes' schemas.
const METADATA: &str = "ObjectMeta";
/// Of types with very many fields, those that people type in a lab.
const TYPED: [(&str, &[&str]); 5] = [
    (METADATA, &["name", "namespace", "labels", "annotations"]),
    ("PodSpec", &["containers", "hostNetwork", "nodeName", "restartPolicy"]),
    ("Container", &["name", "image", "command", "args", "ports", "env"]),
    ("ContainerPort", &["name", "containerPort", "protocol"]),
    ("EnvVar", &["name", "value"]),
];
/// The longest description, in characters.
const DESCRIPTION: usize = 400;

/// The kinds, and the types that they are made of.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct FieldSchema {
    /// By name, such as `NetworkPolicy`.
    pub(crate) kinds: BTreeMap<String, KindSchema>,
    /// By name; fields name them as their `type`.
    pub(crate) types: BTreeMap<String, TypeSchema>,
}

/// A kind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KindSchema {
    /// `networking.k8s.io/v1`
    api_version: String,
    /// The name of its type.
    #[serde(rename = "type")]
    type_name: String,
    /// Whether its objects stand in namespaces.
    namespaced: bool,
}

/// A type with named fields.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct TypeSchema {
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    /// By name, in the order of the alphabet.
    fields: BTreeMap<String, FieldDescription>,
}

/// A field.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct FieldDescription {
    /// `string`, `integer`, `boolean`, `any`, or the name of a type; of a list or map what it holds.
    #[serde(rename = "type")]
    type_name: String,
    /// Whether it is one thing, a list, or a map with keys of one's own.
    #[serde(skip_serializing_if = "Holds::is_one")]
    holds: Holds,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    required: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    /// The values that it may have, where only some are.
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    values: Vec<String>,
}

/// How many things a field holds.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Holds {
    #[default]
    One,
    List,
    Map,
}

impl Holds {
    const fn is_one(&self) -> bool {
        matches!(self, Self::One)
    }
}

impl FieldSchema {
    /// The fields of what the labs of a course let learners change.
    pub(crate) fn of(course: &Course) -> Self {
        let mut schema = Self::default();
        let changeable: BTreeSet<&str> =
            course.labs.iter().flat_map(|lab| lab.may_change.iter().map(String::as_str)).collect();
        for kind in changeable.into_iter().filter_map(manifest::kinds::named) {
            schema.add_kind(kind);
        }
        schema
    }

    fn add_kind(&mut self, kind: &Kind) {
        let api_version = kind.api_version();
        let Some(definition) = openapi::definition_name(&api_version, kind.name) else { return };
        let type_name = short(definition);
        let named = KindSchema { api_version, type_name: type_name.clone(), namespaced: kind.namespaced };
        self.kinds.insert(kind.name.to_owned(), named);
        if let Some(shape) = openapi::definitions().get(definition) {
            self.add_type(&type_name, shape);
        }
    }

    fn add_type(&mut self, name: &str, shape: &Value) {
        if self.types.contains_key(name) {
            return;
        }
        // It may hold itself.
        self.types.insert(name.to_owned(), TypeSchema::default());
        let required: Vec<&str> =
            shape["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let typed = TYPED.iter().find(|(of, _)| *of == name).map(|(_, fields)| *fields);
        let properties = shape["properties"].as_object().into_iter().flatten();
        let shown =
            properties.filter(|(field, _)| typed.map_or(*field != "status", |typed| typed.contains(&field.as_str())));
        let mut fields = BTreeMap::new();
        for (field, place) in shown {
            let (holds, held) = held(place);
            let description = described(place);
            let type_name = self.type_of(held, &format!("{name}.{field}"));
            let values = held["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
            let (values, required) = (values.collect(), required.contains(&field.as_str()));
            fields.insert(field.clone(), FieldDescription { type_name, holds, required, description, values });
        }
        self.types.insert(name.to_owned(), TypeSchema { description: described(shape), fields });
    }

    /// The name of the type of what stands at a place; a type without a name is called by its place.
    fn type_of(&mut self, place: &Value, called: &str) -> String {
        let reference = place["$ref"].as_str().or_else(|| place["allOf"][0]["$ref"].as_str());
        let definition = reference.and_then(|reference| reference.rsplit('/').next());
        let (name, shape) = match definition {
            Some(definition) => (short(definition), openapi::definitions().get(definition)),
            None => (called.to_owned(), Some(place)),
        };
        let Some(shape) = shape else { return "any".to_owned() };
        if shape["properties"].is_object() {
            self.add_type(&name, shape);
            return name;
        }
        match shape["type"].as_str() {
            Some(plain @ ("string" | "integer" | "boolean")) => plain.to_owned(),
            // A port is a number or a name.
            _ => "any".to_owned(),
        }
    }
}

fn held(place: &Value) -> (Holds, &Value) {
    if place["items"].is_object() {
        (Holds::List, &place["items"])
    } else if place["additionalProperties"].is_object() {
        (Holds::Map, &place["additionalProperties"])
    } else {
        (Holds::One, place)
    }
}

/// `io.k8s.api.networking.v1.NetworkPolicySpec` is `NetworkPolicySpec`.
fn short(definition: &str) -> String {
    definition.rsplit('.').next().unwrap_or(definition).to_owned()
}

/// The beginning of a description: whole sentences, as far as they have room.
fn described(place: &Value) -> String {
    let text = place["description"].as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= DESCRIPTION {
        return text;
    }
    let start: String = text.chars().take(DESCRIPTION).collect();
    match start.rfind(". ") {
        Some(end) => start[..=end].to_owned(),
        None => format!("{}…", start.rsplit_once(' ').map_or(start.as_str(), |(words, _)| words)),
    }
}
