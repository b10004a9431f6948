//! Lending a tool to a pod that has none.

use std::sync::{Arc, Mutex};

use cluster::lend_tool;
use serde_json::{Value, json};

use crate::api::{Api, refusal};

const POD: &str = "/api/v1/namespaces/shop/pods/web";
const PATCH: &str = "PATCH /api/v1/namespaces/shop/pods/web/ephemeralcontainers";

/// A pod with these ephemeral containers, each with its state.
fn pod(lent: &[(&str, Value)]) -> Value {
    let specs: Vec<_> = lent.iter().map(|(name, _)| json!({"name": name})).collect();
    let statuses: Vec<_> = lent.iter().map(|(name, state)| json!({"name": name, "state": state})).collect();
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"ephemeralContainers": specs}, "status": {"ephemeralContainerStatuses": statuses},
    })
}

#[tokio::test(start_paused = true)]
async fn a_container_that_runs_is_used_again() {
    let running = json!({"running": {}});
    let api = Api::with(&[(POD, pod(&[("theirs", running.clone()), ("lab-checker-probe", running)]))]);
    assert_eq!(lend_tool(&api.client(), "shop", "web").await.unwrap(), "lab-checker-probe");
    assert_eq!(api.diary(), Vec::<String>::new(), "nothing is written");
}

#[tokio::test(start_paused = true)]
async fn one_that_has_ended_is_followed_by_another() {
    let ended = json!({"terminated": {"exitCode": 0, "reason": "Completed"}});
    let api = Api::with(&[(POD, pod(&[("lab-checker-probe", ended.clone())]))]);
    // Nobody starts it here: it is waited for, and then told.
    let api = api.answer(PATCH, 200, json!({}));
    let error = lend_tool(&api.client(), "shop", "web").await.unwrap_err().to_string();
    assert_eq!(error, "the container lab-checker-probe-2 in pod shop/web did not run within 60 seconds");
    api.change(POD, |found| {
        *found = pod(&[("lab-checker-probe", ended), ("lab-checker-probe-2", json!({"running": {}}))])
    });
    assert_eq!(lend_tool(&api.client(), "shop", "web").await.unwrap(), "lab-checker-probe-2");
}

#[tokio::test(start_paused = true)]
async fn what_keeps_it_from_running_is_told() {
    let waiting = json!({"waiting": {"reason": "ErrImagePull", "message": "registry.k8s.io: no such host"}});
    let api = Api::with(&[(POD, pod(&[("lab-checker-probe", waiting)]))]);
    let error = lend_tool(&api.client(), "shop", "web").await.unwrap_err().to_string();
    let words =
        "the container lab-checker-probe in pod shop/web did not run (ErrImagePull: registry.k8s.io: no such host)";
    assert_eq!(error, format!("{words} within 60 seconds"));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_apart() {
    for (code, message) in [(403, "pods/ephemeralcontainers is forbidden"), (422, "violates PodSecurity")] {
        let api = Api::with(&[(POD, pod(&[]))]).answer(PATCH, code, refusal(code, message));
        let error = lend_tool(&api.client(), "shop", "web").await.unwrap_err();
        assert_eq!(error.code(), Some(code));
        let words = format!("the cluster refuses to put an ephemeral container into pod shop/web: {message}");
        assert_eq!(error.to_string(), words);
    }
}

#[tokio::test]
async fn in_a_pod_with_several_containers_one_is_named_as_kubectl_does() {
    let several = |annotations: Value| json!({"metadata": {"name": "web", "annotations": annotations}, "spec": {"containers": [{"name": "app"}, {"name": "mesh"}]}});
    for (pod, expected) in [
        (several(json!({})), "container=app"),
        (several(json!({"kubectl.kubernetes.io/default-container": "mesh"})), "container=mesh"),
        (several(json!({"kubectl.kubernetes.io/default-container": "gone"})), "container=app"),
    ] {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        let service = tower::service_fn(move |request: http::Request<kube::client::Body>| {
            let uri = request.uri().to_string();
            let (code, body) = match uri.contains("/exec") {
                false => (200, pod.clone()),
                true if uri.contains("container=") => (403, refusal(403, "forbidden")),
                true => {
                    (400, refusal(400, "a container name must be specified for pod web, choose one of: [app mesh]"))
                }
            };
            heard.lock().unwrap().push(uri);
            let body = http_body_util::Full::new(bytes::Bytes::from(body.to_string()));
            async move { Ok::<_, std::convert::Infallible>(http::Response::builder().status(code).body(body).unwrap()) }
        });
        let client = kube::Client::new(service, "default");
        let target =
            cluster::Target { address: "10.0.0.1".parse().unwrap(), port: 80, transport: cluster::Transport::Tcp };
        let error = cluster::probe(&client, ("shop", "web"), target, 1).await.unwrap_err();
        assert_eq!(error.code(), Some(403), "{error}");
        assert!(asked.lock().unwrap().last().unwrap().contains(expected), "{asked:?}");
    }
}
