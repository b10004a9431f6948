//! New Jobs.

use serde_json::{Value, json};

use crate::store::object;

/// Gives a new Job its selector and its template the labels that the selector finds.
pub(crate) fn admit(job: &mut Value) {
    let name = object::name(job).to_owned();
    let uid = uuid::Uuid::new_v4().to_string();
    let spec = object::child_mut(job, "spec");
    if spec.get("manualSelector") == Some(&Value::Bool(true)) {
        return;
    }
    spec.insert("selector".to_owned(), json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}));
    let template = object::entry_mut(spec, "template");
    let labels = object::entry_mut(object::entry_mut(template, "metadata"), "labels");
    for prefix in ["batch.kubernetes.io/", ""] {
        labels.insert(format!("{prefix}controller-uid"), uid.clone().into());
        labels.insert(format!("{prefix}job-name"), name.clone().into());
    }
}
