//! The defaults of Services. Addresses, families and node ports are the cluster's to give.

use serde_json::{Map, Value};

use super::missing::{entry, set, set_text};

pub(super) fn service(spec: &mut Map<String, Value>) {
    set_text(spec, "type", "ClusterIP");
    set_text(spec, "sessionAffinity", "None");
    for port in spec.get_mut("ports").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(port) = port.as_object_mut() {
            service_port(port);
        }
    }
    if spec["sessionAffinity"] == "ClientIP" {
        set(entry(entry(spec, "sessionAffinityConfig"), "clientIP"), "timeoutSeconds", 10_800);
    }
    let kind = spec["type"].as_str().unwrap_or_default().to_owned();
    if kind != "ExternalName" {
        set_text(spec, "internalTrafficPolicy", "Cluster");
    }
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        set_text(spec, "externalTrafficPolicy", "Cluster");
    }
    if kind == "LoadBalancer" {
        set(spec, "allocateLoadBalancerNodePorts", true);
    }
}

fn service_port(port: &mut Map<String, Value>) {
    set_text(port, "protocol", "TCP");
    let target = port.get("targetPort").is_none_or(|target| target.is_null() || *target == 0 || *target == "");
    if target && let Some(number) = port.get("port").cloned() {
        port.insert("targetPort".to_owned(), number);
    }
}
