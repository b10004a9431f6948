//! The defaults of pods, pod templates, workloads and Services: what a manifest leaves out and
//! `kubectl get -o yaml` shows.

use serde_json::{Map, Value, json};

use crate::store::object;

/// Fills in what is missing. Doing it twice changes nothing.
pub(crate) fn fill(object: &mut Value) {
    let kind = object::kind(object).to_owned();
    let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) else { return };
    match kind.as_str() {
        "Pod" => {
            pod_spec(spec);
            set(spec, "enableServiceLinks", true);
        }
        "Deployment" => {
            set(spec, "replicas", 1);
            set(spec, "revisionHistoryLimit", 10);
            set(spec, "progressDeadlineSeconds", 600);
            let strategy = object::entry_mut(spec, "strategy");
            set(strategy, "type", "RollingUpdate");
            if strategy["type"] == "RollingUpdate" {
                let rolling = object::entry_mut(strategy, "rollingUpdate");
                set(rolling, "maxSurge", "25%");
                set(rolling, "maxUnavailable", "25%");
            }
            template(spec);
        }
        "ReplicaSet" | "ReplicationController" => {
            set(spec, "replicas", 1);
            template(spec);
        }
        "StatefulSet" => stateful_set(spec),
        "DaemonSet" => {
            set(spec, "revisionHistoryLimit", 10);
            let strategy = object::entry_mut(spec, "updateStrategy");
            set(strategy, "type", "RollingUpdate");
            if strategy["type"] == "RollingUpdate" {
                let rolling = object::entry_mut(strategy, "rollingUpdate");
                set(rolling, "maxSurge", 0);
                set(rolling, "maxUnavailable", 1);
            }
            template(spec);
        }
        "Job" => job(spec),
        "CronJob" => {
            set(spec, "concurrencyPolicy", "Allow");
            set(spec, "suspend", false);
            set(spec, "successfulJobsHistoryLimit", 3);
            set(spec, "failedJobsHistoryLimit", 1);
            if let Some(inner) =
                spec.get_mut("jobTemplate").and_then(|t| t.get_mut("spec")).and_then(Value::as_object_mut)
            {
                template(inner);
            }
        }
        _ => {}
    }
}

fn set(map: &mut Map<String, Value>, field: &str, value: impl Into<Value>) {
    let missing = map.get(field).is_none_or(Value::is_null);
    if missing {
        map.insert(field.to_owned(), value.into());
    }
}

fn stateful_set(spec: &mut Map<String, Value>) {
    set(spec, "replicas", 1);
    set(spec, "revisionHistoryLimit", 10);
    set(spec, "podManagementPolicy", "OrderedReady");
    let retention = object::entry_mut(spec, "persistentVolumeClaimRetentionPolicy");
    set(retention, "whenDeleted", "Retain");
    set(retention, "whenScaled", "Retain");
    let strategy = object::entry_mut(spec, "updateStrategy");
    set(strategy, "type", "RollingUpdate");
    if strategy["type"] == "RollingUpdate" {
        set(object::entry_mut(strategy, "rollingUpdate"), "partition", 0);
    }
    template(spec);
}

fn job(spec: &mut Map<String, Value>) {
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
    object::entry_mut(template, "metadata");
    if let Some(spec) = template.get_mut("spec").and_then(Value::as_object_mut) {
        pod_spec(spec);
    }
}

fn pod_spec(spec: &mut Map<String, Value>) {
    set(spec, "restartPolicy", "Always");
    set(spec, "dnsPolicy", "ClusterFirst");
    set(spec, "schedulerName", "default-scheduler");
    set(spec, "terminationGracePeriodSeconds", 30);
    object::entry_mut(spec, "securityContext");
    if let Some(account) = spec.get("serviceAccountName").filter(|account| account.is_string()).cloned() {
        set(spec, "serviceAccount", account);
    } else if let Some(account) = spec.get("serviceAccount").filter(|account| account.is_string()).cloned() {
        set(spec, "serviceAccountName", account);
    }
    let host_network = spec.get("hostNetwork") == Some(&Value::Bool(true));
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for item in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(map) = item.as_object_mut() {
                container(map, host_network);
            }
        }
    }
    for item in spec.get_mut("volumes").and_then(Value::as_array_mut).into_iter().flatten() {
        volume(item);
    }
}

fn container(container: &mut Map<String, Value>, host_network: bool) {
    let image = container.get("image").and_then(Value::as_str).unwrap_or_default().to_owned();
    set(container, "imagePullPolicy", if is_latest(&image) { "Always" } else { "IfNotPresent" });
    object::entry_mut(container, "resources");
    set(container, "terminationMessagePath", "/dev/termination-log");
    set(container, "terminationMessagePolicy", "File");
    for port in container.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(port) = port.as_object_mut() {
            set(port, "protocol", "TCP");
            if host_network && let Some(number) = port.get("containerPort").cloned() {
                set(port, "hostPort", number);
            }
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(probe).and_then(Value::as_object_mut) {
            for (field, value) in
                [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)]
            {
                set(probe, field, value);
            }
            if let Some(http) = probe.get_mut("httpGet").and_then(Value::as_object_mut) {
                set(http, "path", "/");
                set(http, "scheme", "HTTP");
            }
        }
    }
    for variable in container.get_mut("env").and_then(Value::as_array_mut).into_iter().flatten() {
        let field = variable.get_mut("valueFrom").and_then(|from| from.get_mut("fieldRef"));
        if let Some(field) = field.and_then(Value::as_object_mut) {
            set(field, "apiVersion", "v1");
        }
    }
    // A request that is not given is the limit.
    let resources = object::entry_mut(container, "resources");
    if let Some(limits) = resources.get("limits").and_then(Value::as_object).cloned() {
        let requests = object::entry_mut(resources, "requests");
        for (name, amount) in limits {
            set(requests, &name, amount);
        }
    }
}

fn volume(volume: &mut Value) {
    let Some(map) = volume.as_object_mut() else { return };
    for kind in ["configMap", "secret", "projected", "downwardAPI"] {
        if let Some(source) = map.get_mut(kind).and_then(Value::as_object_mut) {
            set(source, "defaultMode", 420);
        }
    }
    if let Some(path) = map.get_mut("hostPath").and_then(Value::as_object_mut) {
        set(path, "type", "");
    }
    if map.len() == 1 {
        map.insert("emptyDir".to_owned(), json!({}));
    }
}

/// Whether an image has the tag `latest` or none, so that it is always pulled.
fn is_latest(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}
