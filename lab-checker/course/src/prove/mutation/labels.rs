//! The labels of pods, and of the pods of workloads.

use serde_json::Value;

use super::edit::Edits;
use super::places::escaped;
use super::surroundings::Surroundings;

pub(super) fn change(edits: &mut Edits<'_>, surroundings: &Surroundings) {
    let place = match crate::snapshot::kind(edits.object()) {
        "Pod" => "/metadata/labels",
        "CronJob" => "/spec/jobTemplate/spec/template/metadata/labels",
        _ => "/spec/template/metadata/labels",
    };
    let Some(labels) = edits.get(place).as_object() else { return };
    edits.drop_object("object left as it was");
    for (key, value) in labels {
        let label = format!("{place}/{}", escaped(key));
        let value = value.as_str().unwrap_or_default();
        edits.remove("label dropped", &label, "left out");
        for other in surroundings.other_values(key, value) {
            edits.set("label changed", &label, format!("{other} instead of {value}"), other);
        }
    }
    for (key, values) in surroundings.values.iter().filter(|(key, _)| !labels.contains_key(*key)) {
        for value in values {
            let label = format!("{place}/{}", escaped(key));
            edits.set("label added", &label, format!("{key}={value} added"), value.as_str());
        }
    }
    edits.edit("label added", place, "one-more=label added", |labels: &mut Value| {
        labels["one-more"] = "label".into();
    });
}
