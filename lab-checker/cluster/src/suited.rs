//! What a lab's pods get beside what the lab says, so that they may run in clusters of all kinds and end at once: what
//! Pod Security `restricted` asks for, and a short time to end. None of it decides about traffic.

use manifest::kinds;
use serde_json::{Value, json};

/// Labs' programs have nothing to finish, and some of them sleep through the signal.
const SECONDS_TO_END: u64 = 1;
/// The image that runs as any user.
const ANY_USER: &str = "/agnhost:";
/// The user of nobody.
const NOBODY: u64 = 65534;

/// The ports below this one belong to root, where nobody says otherwise.
const UNPRIVILEGED: u64 = 1024;

/// The object, with what its pods get where it does not say otherwise.
pub(crate) fn suited(mut object: Value) -> Value {
    let template = kinds::of(&object).and_then(|kind| kind.template);
    let spec = match template {
        Some(template) => object.pointer_mut(&format!("{template}/spec")),
        None if object["kind"] == "Pod" => object.get_mut("spec"),
        None => None,
    };
    if let Some(spec) = spec.filter(|spec| spec["containers"].is_array()) {
        suit(spec);
    }
    object
}

fn suit(spec: &mut Value) {
    if spec.get("terminationGracePeriodSeconds").is_none() {
        spec["terminationGracePeriodSeconds"] = SECONDS_TO_END.into();
    }
    let containers = || ["containers", "initContainers"].into_iter().flat_map(|list| items(&spec[list]));
    let low = containers()
        .flat_map(|one| items(&one["ports"]))
        .any(|port| port["containerPort"].as_u64().is_some_and(|port| port < UNPRIVILEGED));
    let any_user = containers().all(|one| one["image"].as_str().is_some_and(|image| image.contains(ANY_USER)));
    // What a lab says of users, or of the node's own network, it means.
    let silent = spec.get("securityContext").is_none() && containers().all(|one| one.get("securityContext").is_none());
    if !any_user || !silent || spec["hostNetwork"] == true {
        return;
    }
    spec["securityContext"] =
        json!({"runAsNonRoot": true, "runAsUser": NOBODY, "seccompProfile": {"type": "RuntimeDefault"}});
    if low {
        // Not every container runtime lets nobody listen there by itself. Pod Security allows it at every level.
        spec["securityContext"]["sysctls"] = json!([{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]);
    }
    for list in ["containers", "initContainers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            container["securityContext"] =
                json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}});
        }
    }
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: &str = "registry.k8s.io/e2e-test-images/agnhost:2.53";

    #[test]
    fn pods_of_every_kind_may_run_where_pod_security_is_restricted() {
        let spec = json!({"containers": [{"name": "c", "image": IMAGE}]});
        let template = json!({"spec": spec});
        for (object, at) in [
            (json!({"apiVersion": "v1", "kind": "Pod", "spec": spec}), "/spec"),
            (
                json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"template": template}}),
                "/spec/template/spec",
            ),
            (
                json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {"template": template}}),
                "/spec/template/spec",
            ),
            (
                json!({"apiVersion": "batch/v1", "kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": template}}}}),
                "/spec/jobTemplate/spec/template/spec",
            ),
        ] {
            let suited = suited(object);
            let spec = suited.pointer(at).unwrap();
            assert_eq!(spec["terminationGracePeriodSeconds"], 1, "{suited}");
            assert_eq!(spec["securityContext"]["runAsNonRoot"], true, "{suited}");
            assert_eq!(spec["containers"][0]["securityContext"]["capabilities"]["drop"][0], "ALL", "{suited}");
        }
    }

    #[test]
    fn nobody_may_listen_where_the_lab_says() {
        for (ports, low) in [
            (json!([{"containerPort": 8080}, {"containerPort": 53}]), true),
            (json!([{"containerPort": 1024}]), false),
            (json!(null), false),
        ] {
            let container = json!({"name": "c", "image": IMAGE, "ports": ports});
            let pod = json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [container]}});
            let context = &suited(pod)["spec"]["securityContext"];
            assert_eq!(context["sysctls"][0]["name"] == "net.ipv4.ip_unprivileged_port_start", low, "{context}");
            assert_eq!(context["runAsNonRoot"], true);
        }
    }

    #[test]
    fn what_a_lab_says_stays() {
        let with = |field: &str, value: Value| {
            let mut pod =
                json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "c", "image": IMAGE}]}});
            pod["spec"][field] = value;
            suited(pod)
        };
        assert_eq!(with("terminationGracePeriodSeconds", json!(30))["spec"]["terminationGracePeriodSeconds"], 30);
        assert_eq!(with("securityContext", json!({}))["spec"]["securityContext"], json!({}));
        assert_eq!(with("hostNetwork", json!(true))["spec"].get("securityContext"), None);
        let other = json!([{"name": "c", "image": "nginx"}]);
        assert_eq!(with("containers", other)["spec"].get("securityContext"), None);
        let service = json!({"apiVersion": "v1", "kind": "Service", "spec": {"ports": []}});
        assert_eq!(suited(service.clone()), service);
    }
}
