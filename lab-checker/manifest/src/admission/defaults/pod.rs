//! The defaults of pods, in workloads too.

use serde_json::{Map, Value, json};

use super::missing::{entry, set};

/// A pod of its own, not one of a workload's template.
pub(super) fn pod(own: &mut Map<String, Value>) {
    spec(own);
    set(own, "enableServiceLinks", true);
}

pub(super) fn spec(spec: &mut Map<String, Value>) {
    set(spec, "restartPolicy", "Always");
    set(spec, "dnsPolicy", "ClusterFirst");
    set(spec, "schedulerName", "default-scheduler");
    set(spec, "terminationGracePeriodSeconds", 30);
    entry(spec, "securityContext");
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
    entry(container, "resources");
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
    let resources = entry(container, "resources");
    if let Some(limits) = resources.get("limits").and_then(Value::as_object).cloned() {
        let requests = entry(resources, "requests");
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
