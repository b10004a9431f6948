//! Walking through the shape of a kind.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;

use super::additions::add;
use super::definitions::collect;
use crate::resource::Resource;

/// Every definition by its upstream name, such as `io.k8s.api.core.v1.Pod`.
pub(crate) fn definitions() -> &'static BTreeMap<String, Value> {
    static DEFINITIONS: OnceLock<BTreeMap<String, Value>> = OnceLock::new();
    DEFINITIONS.get_or_init(|| {
        let mut all = collect();
        add(&mut all);
        all
    })
}

/// The name of a kind's definition.
pub(crate) fn definition_name(resource: &Resource) -> Option<&'static str> {
    static NAMES: OnceLock<BTreeMap<(String, String), String>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let kinds = definitions().iter().filter_map(|(name, definition)| {
            let kind = definition["x-kubernetes-group-version-kind"].as_array()?.first()?;
            let text = |field: &str| kind[field].as_str().unwrap_or_default().to_owned();
            Some(((format!("{}/{}", text("group"), text("version")), text("kind")), name.clone()))
        });
        kinds.collect()
    });
    let version = format!("{}/{}", resource.group, resource.version);
    names.get(&(version, resource.kind.to_owned())).map(String::as_str)
}

/// One place in the shape of a kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Schema {
    /// The definition that holds the shape, references followed.
    shape: &'static Value,
    /// The property that referred to it, which may say how lists merge.
    place: &'static Value,
}

/// How a list is merged by server-side apply.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ListType {
    /// Replaced as a whole.
    Atomic,
    /// A set of scalars.
    Set,
    /// Items are told apart by these fields.
    Map(Vec<&'static str>),
}

impl Schema {
    /// The shape of a kind, when it is known.
    pub(crate) fn of(resource: &Resource) -> Option<Self> {
        let definition = definitions().get(definition_name(resource)?)?;
        Some(Self { shape: definition, place: definition })
    }

    fn at(place: &'static Value) -> Self {
        let reference = place["$ref"].as_str().or_else(|| place["allOf"][0]["$ref"].as_str());
        let shape = reference
            .and_then(|reference| reference.rsplit('/').next())
            .and_then(|name| definitions().get(name))
            .unwrap_or(place);
        Self { shape, place }
    }

    /// A field of a struct.
    pub(crate) fn field(self, name: &str) -> Option<Self> {
        self.shape["properties"].get(name).map(Self::at)
    }

    /// Whether this is a struct with named fields.
    pub(crate) fn is_struct(self) -> bool {
        self.shape.get("properties").is_some()
    }

    /// The values of a map with free keys.
    pub(crate) fn values(self) -> Option<Self> {
        self.shape.get("additionalProperties").filter(|v| v.is_object()).map(Self::at)
    }

    /// The items of a list.
    pub(crate) fn items(self) -> Option<Self> {
        self.shape.get("items").map(Self::at)
    }

    /// Whether server-side apply replaces this struct or map as a whole.
    pub(crate) fn is_atomic(self) -> bool {
        let atomic = |value: &Value| value["x-kubernetes-map-type"] == "atomic";
        atomic(self.shape) || atomic(self.place)
    }

    /// How server-side apply merges this list.
    pub(crate) fn list_type(self) -> ListType {
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
    pub(crate) fn key_default(self, key: &str) -> Option<&'static Value> {
        self.items()?.field(key)?.place.get("default")
    }

    /// What the field is for.
    pub(crate) fn description(self) -> &'static str {
        let text = |value: &'static Value| value["description"].as_str();
        text(self.place).or_else(|| text(self.shape)).unwrap_or_default()
    }

    /// By which field a strategic merge patch merges this list's objects; `None` replaces it.
    pub(crate) fn patch_merge_key(self) -> Option<&'static str> {
        self.place["x-kubernetes-patch-merge-key"].as_str()
    }

    /// Whether a strategic merge patch merges this list or replaces it.
    pub(crate) fn patch_merges(self) -> bool {
        self.place["x-kubernetes-patch-strategy"].as_str().is_some_and(|s| s.split(',').any(|s| s == "merge"))
    }
}
