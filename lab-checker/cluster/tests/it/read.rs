//! Reading a cluster: pages, kinds that are missing or hidden, and clusters that do not answer.

use cluster::{ClusterError, Unread, objects, read};
use serde_json::{Value, json};

use crate::api::{Api, refusal};

fn page(names: &[&str], next: &str) -> Value {
    let items: Vec<_> = names.iter().map(|name| json!({"metadata": {"name": name, "managedFields": [{}]}})).collect();
    json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"continue": next}, "items": items})
}

fn names(objects: &[Value]) -> Vec<&str> {
    objects.iter().map(|object| object["metadata"]["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn lists_are_read_page_by_page_and_items_made_whole() {
    let api = Api::default().answer("GET /api/v1/pods?limit=500&continue=a%2Fb", 200, page(&["c"], "")).answer(
        "GET /api/v1/pods?limit=500",
        200,
        page(&["a", "b"], "a/b"),
    );
    let objects = objects(&api.client()).await.unwrap();
    assert_eq!(names(&objects), ["a", "b", "c"]);
    assert_eq!(objects[0], json!({"metadata": {"name": "a"}, "apiVersion": "v1", "kind": "Pod"}));
}

#[tokio::test]
async fn a_list_that_lost_its_place_begins_again() {
    let api = Api::default()
        .answer_once("GET /api/v1/pods?limit=500&continue=x", 410, refusal(410, "expired"))
        .answer("GET /api/v1/pods?limit=500&continue=x", 200, page(&["b"], ""))
        .answer("GET /api/v1/pods?limit=500", 200, page(&["a"], "x"));
    assert_eq!(names(&objects(&api.client()).await.unwrap()), ["a", "b"]);
}

#[tokio::test]
async fn kinds_that_the_cluster_does_not_have_are_none() {
    let api = Api::default().answer("GET /apis/policy.networking.k8s.io/", 404, refusal(404, "not found"));
    let reading = read(&api.client()).await.unwrap();
    assert!(reading.objects.is_empty() && reading.unread.is_empty());
}

#[tokio::test]
async fn kinds_that_decide_and_may_not_be_read_are_named() {
    let api = Api::default()
        .answer("GET /apis/policy.networking.k8s.io/v1alpha2/", 403, refusal(403, "forbidden: cnp"))
        .answer("GET /api/v1/nodes", 403, refusal(403, "forbidden: nodes"));
    let reading = read(&api.client()).await.unwrap();
    assert_eq!(reading.unread, [Unread { kind: "ClusterNetworkPolicy", message: "forbidden: cnp".to_owned() }]);
}

#[tokio::test]
async fn pods_that_may_not_be_read_are_a_refusal() {
    let api = Api::default().answer("GET /api/v1/pods", 403, refusal(403, "pods is forbidden"));
    let error = read(&api.client()).await.unwrap_err();
    assert_eq!(error.to_string(), "the cluster refuses to list pods: pods is forbidden");
    assert!(!error.is_unreachable() && error.code() == Some(403));
}

#[tokio::test]
async fn credentials_that_expired_are_said_to_be_so() {
    let api = Api::default().answer("GET ", 401, refusal(401, "Unauthorized"));
    let error = read(&api.client()).await.unwrap_err();
    assert!(error.to_string().ends_with("it does not accept these credentials; they may have expired"), "{error}");
}

#[tokio::test]
async fn no_answer_is_told_from_a_bad_one() {
    let service = tower::service_fn(|_: http::Request<kube::client::Body>| async {
        Err::<http::Response<http_body_util::Full<bytes::Bytes>>, _>(std::io::Error::other("nobody there"))
    });
    let error = objects(&kube::Client::new(service, "default")).await.unwrap_err();
    assert!(error.is_unreachable(), "{error}");
    assert!(matches!(error, ClusterError::Unreachable { .. }));
}
