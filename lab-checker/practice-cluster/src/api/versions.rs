//! Objects in an older version than the one in which they are stored: what a client sends is made new, what it sees is
//! made old. One kind has such a version here, the HorizontalPodAutoscaler; of the kinds that clusters define, all versions
//! are alike.

use serde_json::{Value, json};

use crate::resource::Resource;

/// An object that a client has sent in an older version, as it is stored.
pub(crate) fn newer(mut object: Value, stored: &Resource) -> Value {
    object["apiVersion"] = stored.api_version().into();
    if stored.own {
        return object;
    }
    let Some(spec) = object["spec"].as_object_mut() else { return object };
    if let Some(percent) = spec.remove("targetCPUUtilizationPercentage").filter(|percent| !percent.is_null()) {
        let target = json!({"type": "Utilization", "averageUtilization": percent});
        spec.insert("metrics".to_owned(), json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]));
    }
    object
}

/// A stored object in the older version that a client speaks.
pub(crate) fn older(mut object: Value, spoken: &Resource) -> Value {
    object["apiVersion"] = spoken.api_version().into();
    if spoken.own {
        return object;
    }
    if let Some(spec) = object["spec"].as_object_mut() {
        let metrics = spec.remove("metrics");
        let metrics = metrics.as_ref().and_then(Value::as_array).into_iter().flatten();
        let mut cpu = metrics.filter(|metric| metric["resource"]["name"] == "cpu");
        let percent = cpu.find_map(|metric| metric["resource"]["target"]["averageUtilization"].as_i64());
        if let Some(percent) = percent {
            spec.insert("targetCPUUtilizationPercentage".to_owned(), percent.into());
        }
        spec.remove("behavior");
    }
    object
}
