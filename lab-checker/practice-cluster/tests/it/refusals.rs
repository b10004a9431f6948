//! What a valid request is refused for, in the API server's words.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::api::{Api, POLICIES};

const SERVICES: &str = "/api/v1/namespaces/default/services";

fn service(name: &str, spec: &Value) -> Value {
    let mut service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
    });
    if let (Some(all), Some(more)) = (service["spec"].as_object_mut(), spec.as_object()) {
        all.extend(more.clone());
    }
    service
}

#[tokio::test]
async fn services_get_what_is_free() {
    let api = Api::new().await;
    let node_port = |port: u16| json!({"type": "NodePort", "ports": [{"port": 80, "nodePort": port}]});
    let (status, _) = api.post(SERVICES, &service("first", &node_port(30080))).await;
    assert_eq!(status, StatusCode::CREATED);
    for (spec, problem) in [
        (node_port(30080), "spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated"),
        (
            node_port(80),
            "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767",
        ),
        (
            json!({"ports": [{"port": 80, "nodePort": 30081}]}),
            "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
        ),
        (
            json!({"clusterIP": "10.96.0.10"}),
            "spec.clusterIPs: Invalid value: [\"10.96.0.10\"]: failed to allocate IP 10.96.0.10: provided IP is already allocated",
        ),
        (
            json!({"clusterIP": "192.168.1.1"}),
            "spec.clusterIPs: Invalid value: [\"192.168.1.1\"]: failed to allocate IP 192.168.1.1: the provided network does not match the current range",
        ),
        (
            json!({"clusterIP": "None", "type": "NodePort"}),
            "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services",
        ),
        (
            json!({"ipFamilies": ["IPv6"]}),
            "spec.ipFamilies[0]: Invalid value: \"IPv6\": not configured on this cluster",
        ),
        (
            json!({"ipFamilyPolicy": "RequireDualStack"}),
            "spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": this cluster is not configured for dual-stack services",
        ),
    ] {
        let (status, answer) = api.post(SERVICES, &service("second", &spec)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{spec}: {answer}");
        assert_eq!(answer["message"], format!("Service \"second\" is invalid: {problem}"));
    }
    let (_, before) = api.get(&format!("{SERVICES}/first")).await;
    let merge = "application/merge-patch+json";
    let path = format!("{SERVICES}/first");
    let (status, answer) = api.patch(&path, merge, &json!({"spec": {"type": "ClusterIP"}})).await;
    assert_eq!((status, answer["spec"]["ports"][0].get("nodePort")), (StatusCode::OK, None), "{answer}");
    assert_eq!(answer["spec"]["clusterIP"], before["spec"]["clusterIP"]);
    let (_, answer) = api.patch(&path, merge, &json!({"spec": {"clusterIP": "10.96.7.7"}})).await;
    assert_eq!(answer["details"]["causes"][0]["message"], "Invalid value: [\"10.96.7.7\"]: may not change once set");
    let external = json!({"spec": {"type": "ExternalName", "externalName": "example.com"}});
    let (status, answer) = api.patch(&path, merge, &external).await;
    assert_eq!((status, answer["spec"].get("clusterIP")), (StatusCode::OK, None), "{answer}");
}

#[tokio::test]
async fn what_is_being_deleted_gets_no_finalizers() {
    let api = Api::new().await;
    let mut policy = crate::api::policy("p");
    policy["metadata"]["finalizers"] = json!(["example.com/hold"]);
    api.post(POLICIES, &policy).await;
    let path = format!("{POLICIES}/p");
    api.send(Method::DELETE, &path, "application/json", "").await;
    let more = json!({"metadata": {"finalizers": ["example.com/hold", "a.b/c"]}});
    let (_, answer) = api.patch(&path, "application/merge-patch+json", &more).await;
    assert_eq!(
        answer["message"],
        "NetworkPolicy.networking.k8s.io \"p\" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\"a.b/c\"}"
    );
    let none = json!({"metadata": {"finalizers": null}});
    api.patch(&path, "application/merge-patch+json", &none).await;
    assert_eq!(api.get(&path).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_deletion_can_be_for_one_object_only() {
    let api = Api::new().await;
    let (_, policy) = api.post(POLICIES, &crate::api::policy("p")).await;
    let uid = policy["metadata"]["uid"].as_str().unwrap_or_default();
    let body = json!({"preconditions": {"uid": "other"}}).to_string();
    let (status, answer) = api.send(Method::DELETE, &format!("{POLICIES}/p"), "application/json", body).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(
        answer["message"],
        format!(
            "Operation cannot be fulfilled on NetworkPolicy.networking.k8s.io \"p\": the UID in the precondition (other) does not match the UID in record ({uid}). The object might have been deleted and then recreated"
        )
    );
}

#[tokio::test]
async fn what_is_left_out_says_so() {
    let api = Api::new().await;
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "r"}});
    for (path, why) in [
        ("/apis/certificates.k8s.io/v1/certificatesigningrequests", "signs no certificates"),
        ("/apis/networking.k8s.io/v1beta1/namespaces/default/ingresses", "has networking.k8s.io as v1 only"),
        (
            "/api/v1/namespaces/kube-system/services/kube-dns:dns/proxy/",
            "forwards nothing: exec into a pod and use curl or wget there",
        ),
    ] {
        let (status, answer) = api.post(path, &role).await;
        assert_eq!((status, answer["reason"].as_str()), (StatusCode::NOT_FOUND, Some("NotFound")));
        let expected = format!("the server could not find the requested resource (a practice cluster {why})");
        assert_eq!(answer["message"], expected);
    }
}

#[tokio::test]
async fn lists_of_revisions_that_are_not_kept() {
    let api = Api::new().await;
    let invalid = "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: ";
    for (query, code, message) in [
        ("resourceVersion=1&resourceVersionMatch=Some", 422, format!("{invalid}Unsupported value: \"Some\": supported values: \"Exact\", \"NotOlderThan\", \"\"")),
        ("resourceVersion=0&resourceVersionMatch=Exact", 422, format!("{invalid}Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")),
        ("resourceVersion=1&resourceVersionMatch=Exact", 410, "The resourceVersion for the provided list is too old.".to_owned()),
        ("labelSelector=app%3D-a", 400, "unable to parse requirement: values[0][app]: Invalid value: \"-a\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')".to_owned()),
    ] {
        let (status, answer) = api.get(&format!("{POLICIES}?{query}")).await;
        assert_eq!((status.as_u16(), answer["message"].as_str()), (code, Some(message.as_str())), "{query}");
    }
}

#[tokio::test]
async fn a_namespace_keeps_the_label_with_its_name() {
    let api = Api::new().await;
    let name = |answer: &Value| answer["metadata"]["labels"]["kubernetes.io/metadata.name"].clone();
    for labels in [json!({"kubernetes.io/metadata.name": "other"}), json!({"kubernetes.io/metadata.name": null})] {
        let patch = json!({"metadata": {"labels": labels}});
        let (status, answer) = api.patch("/api/v1/namespaces/default", "application/merge-patch+json", &patch).await;
        assert_eq!((status, name(&answer)), (StatusCode::OK, json!("default")));
    }
}

#[tokio::test]
async fn a_priority_class_that_there_is_not() {
    let api = Api::new().await;
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
        "spec": {"priorityClassName": "gold", "containers": [{"name": "c", "image": "nginx"}]},
    });
    let (status, answer) = api.post("/api/v1/namespaces/default/pods", &pod).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(answer["message"], "pods \"p\" is forbidden: no PriorityClass with name gold was found");
}

#[tokio::test]
async fn a_token_lasts_as_long_as_was_asked() {
    let api = Api::new().await;
    let path = "/api/v1/namespaces/default/serviceaccounts/default/token";
    let (_, answer) = api.post(path, &json!({"spec": {"expirationSeconds": 7200}})).await;
    assert_eq!(answer["spec"]["expirationSeconds"], 7200);
    let (status, answer) = api.post(path, &json!({"spec": {"expirationSeconds": 5}})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        answer["message"],
        "TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes"
    );
}
