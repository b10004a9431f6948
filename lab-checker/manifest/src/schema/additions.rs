//! What k8s-openapi's schemas leave out: how lists and maps merge, which definition is which kind, and defaults that
//! keys of lists rely on.

use serde_json::{Value, json};

use super::definitions::{Definitions, all_rows};

/// Definitions that server-side apply replaces as a whole.
const ATOMIC: &[&str] = &[
    "core.v1.ConfigMapKeySelector",
    "core.v1.EndpointAddress",
    "core.v1.EndpointPort",
    "core.v1.FileKeySelector",
    "core.v1.LocalObjectReference",
    "core.v1.NodeSelector",
    "core.v1.NodeSelectorTerm",
    "core.v1.ObjectFieldSelector",
    "core.v1.ObjectReference",
    "core.v1.PersistentVolumeClaimSpec.selector",
    "core.v1.ResourceFieldSelector",
    "core.v1.ScopeSelector",
    "core.v1.SecretKeySelector",
    "core.v1.SecretReference",
    "core.v1.TopologySelectorTerm",
    "core.v1.TypedLocalObjectReference",
    "discovery.v1.EndpointPort",
    "networking.v1.ServiceBackendPort",
    "autoscaling.v1.ScaleStatus",
];

/// Completes the definitions.
pub(super) fn add(definitions: &mut Definitions) {
    kinds(definitions);
    enumerations(definitions);
    lists(definitions);
    maps(definitions);
    defaults(definitions);
}

fn kinds(definitions: &mut Definitions) {
    for row in all_rows() {
        let Some(definition) = definitions.get_mut(row.name) else { continue };
        // Every part of an object may be left out when it is sent.
        if let Some(map) = definition.as_object_mut() {
            map.remove("required");
        }
        let (group, version) = row.api_version.split_once('/').unwrap_or(("", row.api_version));
        definition["x-kubernetes-group-version-kind"] = json!([{"group": group, "kind": row.kind, "version": version}]);
    }
}

/// `lists.txt`: definition, field, `set` or the merge key, and for lists with several keys all of them.
fn lists(definitions: &mut Definitions) {
    for line in include_str!("lists.txt").lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [definition, field, how, rest @ ..] = words.as_slice() else { continue };
        let Some(property) = property(definitions, definition, field) else { continue };
        if *how == "set" {
            property["x-kubernetes-list-type"] = "set".into();
            property["x-kubernetes-patch-strategy"] = "merge".into();
            continue;
        }
        let keys: Vec<&str> = if rest.is_empty() { vec![how] } else { rest.to_vec() };
        property["x-kubernetes-list-type"] = "map".into();
        property["x-kubernetes-list-map-keys"] = json!(keys);
        property["x-kubernetes-patch-merge-key"] = (*how).into();
        property["x-kubernetes-patch-strategy"] = "merge".into();
    }
    // Every other list is replaced as a whole.
    for definition in definitions.values_mut() {
        let Some(properties) = definition.get_mut("properties").and_then(Value::as_object_mut) else { continue };
        for property in properties.values_mut() {
            if property["type"] == "array" && property.get("x-kubernetes-list-type").is_none() {
                property["x-kubernetes-list-type"] = "atomic".into();
            }
        }
    }
}

/// `enums.txt`: definition, field, values.
fn enumerations(definitions: &mut Definitions) {
    for line in include_str!("enums.txt").lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [definition, field, values @ ..] = words.as_slice() else { continue };
        let Some(property) = property(definitions, definition, field) else { continue };
        let target = if property["type"] == "array" { &mut property["items"] } else { property };
        target["enum"] = json!(values);
    }
}

fn maps(definitions: &mut Definitions) {
    let selector = "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector";
    let owner = "io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference";
    let names = ATOMIC.iter().map(|name| format!("io.k8s.api.{name}"));
    for name in names.chain([selector.to_owned(), owner.to_owned()]) {
        if let Some(definition) = definitions.get_mut(&name) {
            definition["x-kubernetes-map-type"] = "atomic".into();
        }
    }
    for (definition, field) in [
        ("core.v1.PodSpec", "nodeSelector"),
        ("core.v1.ServiceSpec", "selector"),
        ("core.v1.ReplicationControllerSpec", "selector"),
    ] {
        if let Some(property) = property(definitions, definition, field) {
            property["x-kubernetes-map-type"] = "atomic".into();
        }
    }
}

fn defaults(definitions: &mut Definitions) {
    for definition in ["core.v1.ContainerPort", "core.v1.ServicePort"] {
        if let Some(property) = property(definitions, definition, "protocol") {
            property["default"] = "TCP".into();
        }
    }
}

fn property<'a>(definitions: &'a mut Definitions, definition: &str, field: &str) -> Option<&'a mut Value> {
    let name = match definition.strip_prefix("meta.") {
        Some(rest) => format!("io.k8s.apimachinery.pkg.apis.meta.{rest}"),
        None => format!("io.k8s.api.{definition}"),
    };
    definitions.get_mut(&name)?.get_mut("properties")?.get_mut(field)
}
