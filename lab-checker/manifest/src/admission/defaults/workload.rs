//! The defaults of workloads and their pod templates.

use serde_json::{Map, Value};

use super::missing::{entry, set};
use super::pod;

pub(super) fn deployment(spec: &mut Map<String, Value>) {
    set(spec, "replicas", 1);
    set(spec, "revisionHistoryLimit", 10);
    set(spec, "progressDeadlineSeconds", 600);
    let strategy = entry(spec, "strategy");
    set(strategy, "type", "RollingUpdate");
    if strategy["type"] == "RollingUpdate" {
        let rolling = entry(strategy, "rollingUpdate");
        set(rolling, "maxSurge", "25%");
        set(rolling, "maxUnavailable", "25%");
    }
    template(spec);
}

pub(super) fn replica_set(spec: &mut Map<String, Value>) {
    set(spec, "replicas", 1);
    template(spec);
}

pub(super) fn daemon_set(spec: &mut Map<String, Value>) {
    set(spec, "revisionHistoryLimit", 10);
    let strategy = entry(spec, "updateStrategy");
    set(strategy, "type", "RollingUpdate");
    if strategy["type"] == "RollingUpdate" {
        let rolling = entry(strategy, "rollingUpdate");
        set(rolling, "maxSurge", 0);
        set(rolling, "maxUnavailable", 1);
    }
    template(spec);
}

pub(super) fn cron_job(spec: &mut Map<String, Value>) {
    set(spec, "concurrencyPolicy", "Allow");
    set(spec, "suspend", false);
    set(spec, "successfulJobsHistoryLimit", 3);
    set(spec, "failedJobsHistoryLimit", 1);
    if let Some(inner) = spec.get_mut("jobTemplate").and_then(|t| t.get_mut("spec")).and_then(Value::as_object_mut) {
        template(inner);
    }
}

pub(super) fn stateful_set(spec: &mut Map<String, Value>) {
    set(spec, "replicas", 1);
    set(spec, "revisionHistoryLimit", 10);
    set(spec, "podManagementPolicy", "OrderedReady");
    let retention = entry(spec, "persistentVolumeClaimRetentionPolicy");
    set(retention, "whenDeleted", "Retain");
    set(retention, "whenScaled", "Retain");
    let strategy = entry(spec, "updateStrategy");
    set(strategy, "type", "RollingUpdate");
    if strategy["type"] == "RollingUpdate" {
        set(entry(strategy, "rollingUpdate"), "partition", 0);
    }
    template(spec);
}

pub(super) fn job(spec: &mut Map<String, Value>) {
    set(spec, "backoffLimit", 6);
    set(spec, "completionMode", "NonIndexed");
    set(spec, "manualSelector", false);
    set(spec, "podReplacementPolicy", "TerminatingOrFailed");
    set(spec, "suspend", false);
    if spec.get("parallelism").is_none_or(Value::is_null) && spec.get("completions").is_none_or(Value::is_null) {
        set(spec, "completions", 1);
    }
    set(spec, "parallelism", 1);
    template(spec);
}

fn template(spec: &mut Map<String, Value>) {
    let Some(template) = spec.get_mut("template").and_then(Value::as_object_mut) else { return };
    entry(template, "metadata");
    if let Some(spec) = template.get_mut("spec").and_then(Value::as_object_mut) {
        pod::spec(spec);
    }
}
