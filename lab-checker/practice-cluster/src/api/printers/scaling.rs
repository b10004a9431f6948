//! Autoscalers and disruption budgets as tables.

use serde_json::Value;

use crate::api::printers::age::age;
use crate::api::printers::printer::{AGE, Cells, Column, NAME, Printer, name};
use crate::store::object;

/// The printer of a kind, when it is one of these.
pub(super) fn printer(kind: &str) -> Option<Printer> {
    let (columns, cells): (Vec<Column>, Cells) = match kind {
        "HorizontalPodAutoscaler" => (
            vec![
                NAME,
                Column::text("Reference", "spec.scaleTargetRef"),
                Column::text("Targets", "spec.metrics"),
                Column::text("MinPods", "spec.minReplicas"),
                Column::text("MaxPods", "spec.maxReplicas"),
                Column::text("Replicas", "status.currentReplicas"),
                AGE,
            ],
            autoscaler,
        ),
        "PodDisruptionBudget" => (
            vec![
                NAME,
                Column::text("Min Available", "spec.minAvailable"),
                Column::text("Max Unavailable", "spec.maxUnavailable"),
                Column::integer("Allowed Disruptions", "status.disruptionsAllowed"),
                AGE,
            ],
            |o| {
                let spec = &o["spec"];
                let allowed = o["status"]["disruptionsAllowed"].as_i64().unwrap_or(0);
                vec![name(o), limit(&spec["minAvailable"]), limit(&spec["maxUnavailable"]), allowed.into(), age(o)]
            },
        ),
        _ => return None,
    };
    Some(Printer { columns, cells })
}

/// A number or a percentage.
fn limit(value: &Value) -> Value {
    match value {
        Value::Null => "N/A".into(),
        Value::String(percent) => percent.clone().into(),
        number => number.to_string().into(),
    }
}

fn autoscaler(object: &Value) -> Vec<Value> {
    let spec = &object["spec"];
    let target = &spec["scaleTargetRef"];
    let reference = format!("{}/{}", object::kind(target), target["name"].as_str().unwrap_or_default());
    let least = spec["minReplicas"].as_i64().map_or("<unset>".to_owned(), |number| number.to_string());
    let most = spec["maxReplicas"].as_i64().unwrap_or(0).to_string();
    let current = object["status"]["currentReplicas"].as_i64().unwrap_or(0).to_string();
    vec![
        name(object),
        reference.into(),
        targets(&spec["metrics"]).into(),
        least.into(),
        most.into(),
        current.into(),
        age(object),
    ]
}

/// What is measured against what. Nothing is measured here.
fn targets(metrics: &Value) -> String {
    let all: Vec<String> = metrics.as_array().into_iter().flatten().map(target).collect();
    match all.len() {
        0 => "<none>".to_owned(),
        1 | 2 => all.join(", "),
        more => format!("{} + {} more...", all[..2].join(", "), more - 2),
    }
}

fn target(metric: &Value) -> String {
    let source = &metric["resource"];
    let name = source["name"].as_str().unwrap_or_default();
    match (source["target"]["averageUtilization"].as_i64(), source["target"]["averageValue"].as_str()) {
        (Some(percent), _) => format!("{name}: <unknown>/{percent}%"),
        (None, Some(value)) => format!("{name}: <unknown>/{value}"),
        (None, None) => "<unknown>".to_owned(),
    }
}
