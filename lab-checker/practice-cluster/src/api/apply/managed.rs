//! `metadata.managedFields`: who last set which field, kept up to date with every write of a client.

use serde_json::{Map, Value, json};

use crate::api::apply::field_set::FieldSet;
use crate::api::apply::walk;
use crate::resource::{Resource, Subresource};
use crate::store::object;
use crate::store::transaction::Transaction;

/// How somebody came to own fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    /// By server-side apply.
    Apply,
    /// By any other write.
    Update,
}

/// One entry of `managedFields`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) manager: String,
    pub(crate) operation: Operation,
    pub(crate) subresource: String,
    pub(crate) api_version: String,
    pub(crate) time: Option<String>,
    pub(crate) fields: FieldSet,
}

impl Entry {
    /// Whether this is the entry of a writer.
    pub(crate) fn is(&self, manager: &str, operation: Operation, subresource: &str) -> bool {
        self.manager == manager && self.operation == operation && self.subresource == subresource
    }

    fn to_value(&self) -> Value {
        let mut map = Map::new();
        map.insert("manager".into(), self.manager.clone().into());
        map.insert("operation".into(), if self.operation == Operation::Apply { "Apply" } else { "Update" }.into());
        map.insert("apiVersion".into(), self.api_version.clone().into());
        if let Some(time) = &self.time {
            map.insert("time".into(), time.clone().into());
        }
        map.insert("fieldsType".into(), "FieldsV1".into());
        map.insert("fieldsV1".into(), self.fields.to_value());
        if !self.subresource.is_empty() {
            map.insert("subresource".into(), self.subresource.clone().into());
        }
        Value::Object(map)
    }
}

/// The entries of an object; broken ones are dropped.
pub(crate) fn entries(object: &Value) -> Vec<Entry> {
    let list = object["metadata"]["managedFields"].as_array().map_or(&[][..], Vec::as_slice);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list.iter()
        .filter_map(|entry| {
            let operation = match entry["operation"].as_str()? {
                "Apply" => Operation::Apply,
                "Update" => Operation::Update,
                _ => return None,
            };
            Some(Entry {
                manager: text(&entry["manager"]),
                operation,
                subresource: text(&entry["subresource"]),
                api_version: text(&entry["apiVersion"]),
                time: entry["time"].as_str().map(str::to_owned),
                fields: FieldSet::from_value(&entry["fieldsV1"]),
            })
        })
        .collect()
}

/// Writes the entries into an object, in the API server's order.
pub(crate) fn write(object: &mut Value, mut entries: Vec<Entry>) {
    entries.retain(|entry| !entry.fields.is_empty());
    entries.sort_by(|a, b| {
        (a.operation, &a.time, &a.manager, &a.api_version, &a.subresource).cmp(&(
            b.operation,
            &b.time,
            &b.manager,
            &b.api_version,
            &b.subresource,
        ))
    });
    let metadata = object::metadata_mut(object);
    if entries.is_empty() {
        metadata.remove("managedFields");
    } else {
        metadata.insert("managedFields".into(), entries.iter().map(Entry::to_value).collect());
    }
}

/// Records that `manager` wrote `object` in the place of `before` (or created it).
pub(crate) fn record_update(
    tx: &Transaction,
    resource: &Resource,
    before: Option<&Value>,
    object: &mut Value,
    manager: &str,
    subresource: Option<Subresource>,
) {
    let sent = object["metadata"].get("managedFields").filter(|fields| fields.is_array());
    // A client may rewrite the entries (kubectl does, when it moves to server-side apply), or clear them.
    let mut all = match (sent, before) {
        (Some(_), _) => entries(object),
        (None, Some(before)) => entries(before),
        (None, None) => Vec::new(),
    };
    let base = before.map_or_else(|| blank(resource), |before| owned_part(before, subresource));
    let comparison = walk::compare(&base, &owned_part(object, subresource), resource.schema());
    let subresource = subresource.map_or("", Subresource::segment);
    let (changed, removed) = (&comparison.changed, &comparison.removed);
    let mut mine = None;
    for (position, entry) in all.iter_mut().enumerate() {
        entry.fields = entry.fields.difference(removed);
        if entry.is(manager, Operation::Update, subresource) {
            mine = Some(position);
        } else {
            entry.fields = entry.fields.difference(changed);
        }
    }
    if !changed.is_empty() {
        let time = Some(tx.now_text());
        match mine.and_then(|position| all.get_mut(position)) {
            Some(entry) => {
                entry.fields = entry.fields.union(changed);
                entry.time = time;
            }
            None => all.push(Entry {
                manager: manager.to_owned(),
                operation: Operation::Update,
                subresource: subresource.to_owned(),
                api_version: resource.api_version(),
                time,
                fields: changed.clone(),
            }),
        }
    }
    write(object, all);
}

/// The part of an object whose fields have owners: not its identity, not what the system sets, and not its
/// status unless the status is what is written.
pub(crate) fn owned_part(object: &Value, subresource: Option<Subresource>) -> Value {
    let Value::Object(map) = object else { return json!({}) };
    let mut part = map.clone();
    part.remove("apiVersion");
    part.remove("kind");
    if subresource != Some(Subresource::Status) {
        part.remove("status");
    }
    if let Some(Value::Object(metadata)) = part.get_mut("metadata") {
        for field in [
            "name",
            "namespace",
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "selfLink",
            "managedFields",
        ] {
            metadata.remove(field);
        }
    }
    Value::Object(part)
}

/// An object of a kind before anything is set: the structs that are always there.
fn blank(resource: &Resource) -> Value {
    let template = json!({"metadata": {}, "spec": {}});
    let mut blank = json!({"metadata": {}, "spec": {}, "status": {}});
    match &*resource.kind {
        "NetworkPolicy" => blank["spec"]["podSelector"] = json!({}),
        "Deployment" => blank["spec"] = json!({"strategy": {}, "template": template}),
        "StatefulSet" | "DaemonSet" => blank["spec"] = json!({"updateStrategy": {}, "template": template}),
        "ReplicaSet" | "Job" => blank["spec"] = json!({"template": template}),
        "CronJob" => blank["spec"] = json!({"jobTemplate": {"metadata": {}, "spec": {"template": template}}}),
        _ => {}
    }
    blank
}
