//! The kinds that a cluster has defined by CustomResourceDefinitions: which they are, and what is known of them.

use serde_json::{Value, json};

use crate::resource::{self, Resource};
use crate::status::{Cause, Status};
use crate::store::object;
use crate::store::state::State;

/// A kind that a cluster has defined, in one version, and where.
pub(crate) struct Defined<'a> {
    pub(crate) resource: &'a Resource,
    /// The `spec` of its definition.
    pub(crate) spec: &'a Value,
}

/// How many kinds one cluster may define, each version counted.
const MOST: usize = 200;

fn definitions() -> &'static Resource {
    resource::known("apiextensions.k8s.io", "customresourcedefinitions")
}

/// The kinds that a cluster has defined, in the order of their definitions' names.
pub(crate) fn all(state: &State) -> Vec<Defined<'_>> {
    let kinds = state.own_kinds().all().flat_map(|kind| &kind.served);
    let spec = |resource: &Resource| Some(&state.find(definitions(), "", &resource.qualified())?["spec"]);
    kinds.filter_map(|resource| Some(Defined { resource, spec: spec(resource)? })).collect()
}

/// Completes a definition on its way in: the names that it leaves out, and the status that its kinds are served.
pub(crate) fn complete(state: &State, definition: &mut Value, before: Option<&Value>, now: &str) -> Result<(), Status> {
    let name = object::name(definition);
    let others = state.own_kinds().all().filter(|kind| kind.stored.qualified() != name);
    let others: usize = others.map(|kind| kind.served.len()).sum();
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
    check(state, definition, before)?;
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

/// Refuses a definition that defines nothing, or what is defined already.
fn check(state: &State, definition: &Value, before: Option<&Value>) -> Result<(), Status> {
    let spec = &definition["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (group, plural) = (text(&spec["group"]), text(&spec["names"]["plural"]));
    let name = format!("{plural}.{group}");
    let cause =
        |field: &str, message: String| Cause { reason: "FieldValueInvalid".into(), message, field: field.into() };
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
    for field in ["/scope", "/names/kind"] {
        let Some(old) = before.map(|before| &before["spec"]) else { break };
        if let (Some(old), Some(new)) = (old.pointer(field), spec.pointer(field))
            && old != new
        {
            let field = format!("spec{}", field.replace('/', "."));
            causes.push(cause(&field, format!("Invalid value: {new}: field is immutable")));
        }
    }
    if !causes.is_empty() {
        return Err(Status::invalid(definitions(), object::name(definition), &causes));
    }
    let kind = text(&spec["names"]["kind"]);
    let mut others = state.own_kinds().all().map(|other| &other.stored);
    match others.find(|other| other.group == group && other.kind == kind && other.plural != plural) {
        None => Ok(()),
        Some(other) => {
            let message = format!("{} has defined the kind {kind} of this group already", other.qualified());
            Err(Status::forbidden(definitions(), object::name(definition), &message))
        }
    }
}
