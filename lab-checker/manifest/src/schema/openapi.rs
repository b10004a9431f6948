//! Every kind as OpenAPI describes it: its fields, what merges by which key, what is replaced as a whole. OpenAPI
//! documents, strategic merge patches and server-side apply read this.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use super::additions::add;
use super::definitions::{Definitions, all_rows, collect, reference};

/// Every definition by its upstream name, such as `io.k8s.api.core.v1.Pod`.
#[must_use]
pub fn definitions() -> &'static BTreeMap<String, Value> {
    static DEFINITIONS: OnceLock<Definitions> = OnceLock::new();
    DEFINITIONS.get_or_init(|| {
        let mut all = collect();
        add(&mut all);
        all
    })
}

/// The name of a kind's definition.
#[must_use]
pub fn definition_name(api_version: &str, kind: &str) -> Option<&'static str> {
    Some(all_rows().find(|row| row.kind == kind && row.api_version == api_version)?.name)
}

/// One place in the shape of a kind.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// The definition that holds the shape, references followed.
    shape: &'static Value,
    /// The property that referred to it, which may say how lists merge.
    place: &'static Value,
}

/// How a list is merged by server-side apply.
#[derive(Debug, Clone, PartialEq)]
pub enum ListType {
    /// Replaced as a whole.
    Atomic,
    /// A set of scalars.
    Set,
    /// Items are told apart by these fields.
    Map(Vec<&'static str>),
}

impl Schema {
    /// The shape of a kind, when it is known.
    #[must_use]
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        let definition = definitions().get(definition_name(api_version, kind)?)?;
        Some(Self { shape: definition, place: definition })
    }

    fn at(place: &'static Value) -> Self {
        let shape = reference(place).and_then(|name| definitions().get(name)).unwrap_or(place);
        Self { shape, place }
    }

    /// A field of a struct.
    #[must_use]
    pub fn field(self, name: &str) -> Option<Self> {
        self.shape["properties"].get(name).map(Self::at)
    }

    /// Whether this is a struct with named fields.
    #[must_use]
    pub fn is_struct(self) -> bool {
        self.shape.get("properties").is_some()
    }

    /// The values of a map with free keys.
    #[must_use]
    pub fn values(self) -> Option<Self> {
        self.shape.get("additionalProperties").filter(|v| v.is_object()).map(Self::at)
    }

    /// The items of a list.
    #[must_use]
    pub fn items(self) -> Option<Self> {
        self.shape.get("items").map(Self::at)
    }

    /// Whether server-side apply replaces this struct or map as a whole.
    #[must_use]
    pub fn is_atomic(self) -> bool {
        let atomic = |value: &Value| value["x-kubernetes-map-type"] == "atomic";
        atomic(self.shape) || atomic(self.place)
    }

    /// How server-side apply merges this list.
    #[must_use]
    pub fn list_type(self) -> ListType {
        match self.place["x-kubernetes-list-type"].as_str() {
            Some("set") => ListType::Set,
            Some("map") => ListType::Map(
                self.place["x-kubernetes-list-map-keys"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect(),
            ),
            _ => ListType::Atomic,
        }
    }

    /// The value that a missing key of a map list stands for: `protocol` of ports is TCP.
    #[must_use]
    pub fn key_default(self, key: &str) -> Option<&'static Value> {
        self.items()?.field(key)?.place.get("default")
    }

    /// What the field is for.
    #[must_use]
    pub fn description(self) -> &'static str {
        let text = |value: &'static Value| value["description"].as_str();
        text(self.place).or_else(|| text(self.shape)).unwrap_or_default()
    }

    /// By which field a strategic merge patch merges this list's objects; `None` replaces it.
    #[must_use]
    pub fn patch_merge_key(self) -> Option<&'static str> {
        self.place["x-kubernetes-patch-merge-key"].as_str()
    }

    /// Whether a strategic merge patch merges this list or replaces it.
    #[must_use]
    pub fn patch_merges(self) -> bool {
        self.place["x-kubernetes-patch-strategy"].as_str().is_some_and(|s| s.split(',').any(|s| s == "merge"))
    }
}
