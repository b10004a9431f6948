//! The selectors of a request, and whether an object meets them.

use serde_json::Value;

use super::label::LabelSelector;
use crate::api::http::query::Query;
use crate::resource::Resource;
use crate::status::Status;
use crate::store::object;

/// What a list, watch or delete of a collection is limited to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selectors {
    labels: LabelSelector,
    fields: Vec<FieldRequirement>,
    name: Option<String>,
}

#[derive(Debug, Clone)]
struct FieldRequirement {
    path: String,
    value: String,
    equal: bool,
}

impl Selectors {
    /// The selectors of a query; 400 when they cannot be read.
    pub(crate) fn of(resource: &Resource, query: &Query) -> Result<Self, Status> {
        Ok(Self {
            labels: LabelSelector::parse(query.get("labelSelector").unwrap_or_default())
                .map_err(Status::bad_request)?,
            fields: fields(resource, query.get("fieldSelector").unwrap_or_default())?,
            name: None,
        })
    }

    /// Limited to one object too.
    pub(crate) fn named(mut self, name: Option<&str>) -> Self {
        self.name = name.map(str::to_owned);
        self
    }

    /// Whether everything matches.
    pub(crate) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty() && self.name.is_none()
    }

    /// Whether an object is meant.
    pub(crate) fn matches(&self, object: &Value) -> bool {
        self.name.as_deref().is_none_or(|name| name == object::name(object))
            && self
                .fields
                .iter()
                .all(|requirement| (field(object, &requirement.path) == requirement.value) == requirement.equal)
            && self.labels.matches(&object["metadata"]["labels"])
    }
}

fn fields(resource: &Resource, text: &str) -> Result<Vec<FieldRequirement>, Status> {
    let mut requirements = Vec::new();
    for term in text.split(',').filter(|term| !term.is_empty()) {
        let (path, value, equal) = term
            .split_once("!=")
            .map(|(path, value)| (path, value, false))
            .or_else(|| term.split_once("==").map(|(path, value)| (path, value, true)))
            .or_else(|| term.split_once('=').map(|(path, value)| (path, value, true)))
            .ok_or_else(|| Status::bad_request(format!("invalid selector: '{text}'; can't understand '{term}'")))?;
        check_field(resource, path)?;
        requirements.push(FieldRequirement { path: path.to_owned(), value: value.to_owned(), equal });
    }
    Ok(requirements)
}

/// The fields by which a kind can be selected, besides its name and namespace.
fn selectable(kind: &str) -> &'static [&'static str] {
    match kind {
        "Pod" => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        "Event" => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        "Namespace" => &["status.phase"],
        "Node" => &["spec.unschedulable"],
        "Secret" => &["type"],
        "Service" => &["spec.clusterIP", "spec.type"],
        "ReplicaSet" | "ReplicationController" => &["status.replicas"],
        "Job" => &["status.successful"],
        _ => &[],
    }
}

/// Kinds of the core group say it in other words than the rest.
fn check_field(resource: &Resource, path: &str) -> Result<(), Status> {
    let known = selectable(&resource.kind);
    let everywhere = path == "metadata.name" || (path == "metadata.namespace" && resource.namespaced());
    if everywhere || known.contains(&path) {
        return Ok(());
    }
    if !known.is_empty() {
        return Err(Status::bad_request(format!("field label not supported: {path}")));
    }
    let fields = if resource.namespaced() { "\"metadata.name\", \"metadata.namespace\"" } else { "\"metadata.name\"" };
    Err(Status::bad_request(format!("\"{path}\" is not a known field selector: only {fields}")))
}

fn field(object: &Value, path: &str) -> String {
    let path = match path {
        "reportingComponent" => "reportingController",
        "source" => "source.component",
        other => other,
    };
    let mut value = object;
    for part in path.split('.') {
        value = &value[part];
    }
    match value {
        Value::String(text) => text.clone(),
        Value::Null if path == "spec.hostNetwork" || path == "spec.unschedulable" => "false".to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
