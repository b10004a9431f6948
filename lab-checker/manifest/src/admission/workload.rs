//! Workloads: their selectors and pod templates. And ConfigMaps, which are as short.

use serde_json::Value;

use super::field_error::FieldError;
use super::metadata::{self, entries, items, text};
use super::pod;

/// Deployment, StatefulSet, DaemonSet, ReplicaSet.
pub(super) fn validate(workload: &Value, errors: &mut Vec<FieldError>) {
    let spec = &workload["spec"];
    let kind = text(&workload["kind"]).to_lowercase();
    if let Some(replicas) = spec["replicas"].as_i64().filter(|replicas| *replicas < 0) {
        errors.push(FieldError::invalid("spec.replicas", replicas, "must be greater than or equal to 0"));
    }
    let selector = &spec["selector"];
    if selector.is_null() {
        errors.push(FieldError::required("spec.selector", ""));
    } else {
        metadata::selector(selector, "spec.selector", errors);
        if is_empty(selector) {
            let detail = format!("empty selector is invalid for {kind}");
            errors.push(FieldError::invalid("spec.selector", selector.clone(), detail));
        }
    }
    let labels = &spec["template"]["metadata"]["labels"];
    if selector.is_null() || !matches(selector, labels) {
        let detail = "`selector` does not match template `labels`";
        errors.push(FieldError::invalid("spec.template.metadata.labels", labels.clone(), detail));
    }
    let claims: Vec<_> =
        items(&spec["volumeClaimTemplates"]).iter().map(|claim| text(&claim["metadata"]["name"])).collect();
    validate_template(&spec["template"], "spec.template", &["Always"], &claims, errors);
}

/// Job.
pub(super) fn validate_job(job: &Value, errors: &mut Vec<FieldError>) {
    validate_template(&job["spec"]["template"], "spec.template", &["OnFailure", "Never"], &[], errors);
}

/// CronJob.
pub(super) fn validate_cron_job(job: &Value, errors: &mut Vec<FieldError>) {
    if text(&job["spec"]["schedule"]).is_empty() {
        errors.push(FieldError::required("spec.schedule", ""));
    }
    let template = &job["spec"]["jobTemplate"]["spec"]["template"];
    validate_template(template, "spec.jobTemplate.spec.template", &["OnFailure", "Never"], &[], errors);
}

/// ReplicationController: its selector is a mapping of labels, taken from the template when missing.
pub(super) fn validate_controller(controller: &Value, errors: &mut Vec<FieldError>) {
    metadata::labels(&controller["spec"]["selector"], "spec.selector", errors);
    validate_template(&controller["spec"]["template"], "spec.template", &["Always"], &[], errors);
}

fn validate_template(
    template: &Value,
    field: &str,
    policies: &[&'static str],
    claims: &[&str],
    errors: &mut Vec<FieldError>,
) {
    metadata::labels(&template["metadata"]["labels"], &format!("{field}.labels"), errors);
    metadata::annotations(&template["metadata"]["annotations"], &format!("{field}.annotations"), errors);
    pod::validate_spec(&template["spec"], &format!("{field}.spec"), claims, errors);
    let policy = &template["spec"]["restartPolicy"];
    let known = matches!(text(policy), "Always" | "OnFailure" | "Never");
    if known && !policies.contains(&text(policy)) {
        errors.push(FieldError::not_supported(format!("{field}.spec.restartPolicy"), policy.clone(), policies));
    }
}

fn is_empty(selector: &Value) -> bool {
    entries(&selector["matchLabels"]).next().is_none() && items(&selector["matchExpressions"]).is_empty()
}

/// Whether a selector picks these labels; an operator that is none is reported elsewhere.
fn matches(selector: &Value, labels: &Value) -> bool {
    let equal = entries(&selector["matchLabels"]).all(|(key, value)| labels[key] == *value);
    equal
        && items(&selector["matchExpressions"]).iter().all(|expression| {
            let value = labels.get(text(&expression["key"]));
            let listed = value.is_some_and(|value| items(&expression["values"]).contains(value));
            match text(&expression["operator"]) {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => true,
            }
        })
}

/// The selector of a workload that exists stays as it is.
pub(super) fn validate_update(old: &Value, new: &Value, errors: &mut Vec<FieldError>) {
    let selector = &new["spec"]["selector"];
    if old["spec"]["selector"] != *selector {
        errors.push(FieldError::invalid("spec.selector", selector.clone(), "field is immutable"));
    }
}

/// ConfigMap: its keys and its size.
pub(super) fn validate_config_map(map: &Value, errors: &mut Vec<FieldError>) {
    const LIMIT: usize = 1024 * 1024;
    const KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
    let mut size = 0;
    for list in ["data", "binaryData"] {
        for (key, value) in entries(&map[list]) {
            size += text(value).len();
            let field = format!("{list}[{key}]");
            if key.len() > 253 {
                errors.push(FieldError::invalid(field.clone(), key, "must be no more than 253 characters"));
            }
            if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
                errors.push(FieldError::invalid(field, key, KEY));
            }
        }
    }
    if size > LIMIT {
        errors.push(FieldError::too_long("", LIMIT));
    }
}
