//! `…/scale`: how many replicas, whatever the kind.

use serde_json::{Value, json};

use crate::api::verbs::call::{Answer, Call};
use crate::api::verbs::replace::{existing, replace};
use crate::status::Status;
use crate::store::floor::since;
use crate::store::object;

/// The Scale of a workload.
pub(crate) fn of(object: &Value) -> Value {
    let metadata = &object["metadata"];
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": metadata["uid"],
            "resourceVersion": metadata["resourceVersion"],
            "creationTimestamp": metadata["creationTimestamp"],
        },
        "spec": {"replicas": object["spec"]["replicas"].as_u64().unwrap_or(0)},
        "status": {
            "replicas": object["status"]["replicas"].as_u64().unwrap_or(0),
            "selector": selector(&object["spec"]["selector"]),
        },
    })
}

/// The label selector as text.
fn selector(selector: &Value) -> String {
    let labels = selector.get("matchLabels").unwrap_or(selector);
    let pairs = labels.as_object().into_iter().flatten();
    let terms: Vec<String> = pairs.filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?))).collect();
    terms.join(",")
}

/// Answers a PUT of a Scale.
pub(crate) async fn put(call: &Call, sent: &Value) -> Result<Answer, Status> {
    store(call, |_| Ok(sent.clone())).await
}

/// Stores the Scale that `change` makes of the current one.
pub(crate) async fn store(call: &Call, change: impl FnOnce(&Value) -> Result<Value, Status>) -> Result<Answer, Status> {
    let path = &call.context.path;
    let manager = call.context.field_manager.as_str();
    let stored = call
        .write(|tx| {
            let before = existing(tx, &path.resource, path.namespace(), path.name())?;
            let scale = change(&of(&before))?;
            let replicas = replicas(&scale)?;
            let mut object = Value::clone(&before);
            object::child_mut(&mut object, "spec").insert("replicas".into(), replicas.into());
            let version = object::metadata_str(&scale, "resourceVersion");
            if !version.is_empty() {
                object::metadata_mut(&mut object).insert("resourceVersion".into(), version.into());
            }
            replace(tx, &path.resource, &before, object, path.subresource, Some(manager))
        })
        .await?;
    Ok(Answer {
        code: 200,
        value: of(&since(&stored, call.context.floor)),
        wanted: call.context.wanted,
        warnings: Vec::new(),
    })
}

fn replicas(scale: &Value) -> Result<i64, Status> {
    let wanted = &scale["spec"]["replicas"];
    let number = match wanted {
        Value::Null => Some(0),
        other => other.as_i64(),
    };
    match number {
        Some(number) if (0..=i64::from(i32::MAX)).contains(&number) => Ok(number),
        _ => Err(Status::new(
            422,
            "Invalid",
            format!(
                "Scale.autoscaling \"{}\" is invalid: spec.replicas: Invalid value: {wanted}: must be greater than or equal to 0",
                object::name(scale)
            ),
        )),
    }
}
