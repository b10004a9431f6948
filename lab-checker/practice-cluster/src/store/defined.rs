//! The kinds that a cluster has defined by CustomResourceDefinitions: which they are, and what is known of them.

use serde_json::{Value, json};

use crate::resource::{self, Definition, Resource, Scope};
use crate::status::Status;
use crate::store::object;
use crate::store::state::State;

/// A kind that a cluster has defined, and where.
pub(crate) struct Defined<'a> {
    pub(crate) resource: &'static Resource,
    /// The `spec` of its definition.
    pub(crate) spec: &'a Value,
}

/// How many kinds one cluster may define: they all stand in one table, which nobody may fill alone.
const MOST: usize = 200;

fn definitions() -> &'static Resource {
    resource::known("apiextensions.k8s.io", "customresourcedefinitions")
}

/// The kinds that a cluster has defined, in the order of their definitions' names.
pub(crate) fn all(state: &State) -> Vec<Defined<'_>> {
    state.list(definitions(), None).flat_map(|(_, definition)| of(definition)).collect()
}

/// The resource of a path, when it is of a kind that the cluster has defined.
pub(crate) fn is_defined(state: &State, resource: &'static Resource) -> bool {
    let name = resource.qualified();
    let definition = state.find(definitions(), "", &name);
    definition.is_some_and(|definition| of(definition).iter().any(|defined| defined.resource == resource))
}

/// The kinds of a definition: one for each version that is served.
pub(crate) fn of(definition: &Value) -> Vec<Defined<'_>> {
    let spec = &definition["spec"];
    let versions = spec["versions"].as_array().into_iter().flatten();
    versions
        .filter(|version| version["served"] == true)
        .filter_map(|version| Some(Defined { resource: resource::define(&read(spec, version)?)?, spec }))
        .collect()
}

fn read<'a>(spec: &'a Value, version: &'a Value) -> Option<Definition<'a>> {
    let names = &spec["names"];
    let kind = names["kind"].as_str()?;
    Some(Definition {
        group: spec["group"].as_str().filter(|group| !group.is_empty())?,
        version: version["name"].as_str()?,
        kind,
        plural: names["plural"].as_str()?,
        singular: names["singular"].as_str().unwrap_or_default(),
        scope: if spec["scope"] == "Cluster" { Scope::Cluster } else { Scope::Namespaced },
    })
}

/// Completes a definition on its way in: the names that it leaves out, and the status that its kinds are served.
pub(crate) fn complete(state: &State, definition: &mut Value, before: Option<&Value>, now: &str) -> Result<(), Status> {
    let others = all(state).iter().filter(|defined| Some(defined.spec) != before.map(|before| &before["spec"])).count();
    let versions = definition["spec"]["versions"].as_array().map_or(0, Vec::len);
    if others + versions > MOST {
        let message = format!("a practice cluster serves at most {MOST} kinds of its own, each version counted");
        return Err(Status::forbidden(definitions(), object::name(definition), &message));
    }
    let spec = &mut definition["spec"];
    let kind = spec["names"]["kind"].as_str().unwrap_or_default().to_owned();
    for (field, usual) in [("singular", kind.to_lowercase()), ("listKind", format!("{kind}List"))] {
        if spec["names"][field].as_str().is_none_or(str::is_empty) {
            spec["names"][field] = usual.into();
        }
    }
    if spec["conversion"].is_null() {
        spec["conversion"] = json!({"strategy": "None"});
    }
    check(definition)?;
    if let Some(status) = before.map(|before| &before["status"]).filter(|status| status.is_object()) {
        definition["status"] = status.clone();
        definition["status"]["acceptedNames"] = definition["spec"]["names"].clone();
        return Ok(());
    }
    let condition = |kind: &str, reason: &str, message: &str| json!({"lastTransitionTime": now, "message": message, "reason": reason, "status": "True", "type": kind});
    let stored = definition["spec"]["versions"].as_array().into_iter().flatten();
    let stored: Vec<Value> =
        stored.filter(|version| version["storage"] == true).map(|version| version["name"].clone()).collect();
    definition["status"] = json!({
        "acceptedNames": definition["spec"]["names"],
        "conditions": [
            condition("NamesAccepted", "NoConflicts", "no conflicts found"),
            condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        ],
        "storedVersions": stored,
    });
    Ok(())
}

/// Refuses a definition that defines nothing.
fn check(definition: &Value) -> Result<(), Status> {
    let spec = &definition["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (group, plural) = (text(&spec["group"]), text(&spec["names"]["plural"]));
    let name = format!("{plural}.{group}");
    let cause = |field: &str, message: String| crate::status::Cause {
        reason: "FieldValueInvalid".into(),
        message,
        field: field.into(),
    };
    let mut causes = Vec::new();
    if object::name(definition) != name {
        let own = object::name(definition);
        let message = format!("Invalid value: \"{own}\": must be spec.names.plural+\".\"+spec.group");
        causes.push(cause("metadata.name", message));
    }
    for (field, value) in [("spec.group", &spec["group"]), ("spec.names.kind", &spec["names"]["kind"])] {
        if value.as_str().is_none_or(str::is_empty) {
            causes.push(cause(field, "Required value".to_owned()));
        }
    }
    let versions = spec["versions"].as_array().map_or(0, Vec::len);
    if versions == 0 {
        causes.push(cause(
            "spec.versions",
            "Invalid value: null: must have exactly one version marked as storage version".into(),
        ));
    }
    if causes.is_empty() && versions > 0 && of(definition).is_empty() && any_served(spec) {
        return Err(Status::forbidden(
            definitions(),
            object::name(definition),
            "another practice cluster of this server has defined this kind otherwise, or there are too many kinds",
        ));
    }
    if causes.is_empty() { Ok(()) } else { Err(Status::invalid(definitions(), object::name(definition), &causes)) }
}

fn any_served(spec: &Value) -> bool {
    spec["versions"].as_array().into_iter().flatten().any(|version| version["served"] == true)
}
