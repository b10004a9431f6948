//! What a client should not send, and what it gets: always a Status, never a crash, and nobody else notices.

use axum::http::{Method, StatusCode};
use practice_cluster::{ClusterId, Limits, Options};
use serde_json::json;

use crate::api::{Api, POLICIES, policy};

#[tokio::test]
async fn bodies_that_are_none() {
    let api = Api::new().await;
    for (kind, body) in [
        ("application/json", &b""[..]),
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b"\"text\""),
        ("application/json", b"\xff\xfe\x00"),
        ("application/json", br#"{"kind":"Pod","apiVersion":"v1"}"#),
        ("application/json", br#"{"kind":"NetworkPolicy","apiVersion":"networking.k8s.io/v1beta1"}"#),
        ("application/yaml", b"a: [b"),
        ("application/yaml", b"a: b\n---\nc: d"),
        ("application/vnd.kubernetes.protobuf", b"k8s\0\xff\xff\xff"),
        ("application/vnd.kubernetes.protobuf", b"not protobuf"),
    ] {
        let (status, answer) = api.send(Method::POST, POLICIES, kind, body).await;
        assert!(status.is_client_error(), "{kind} {body:?}: {status} {answer}");
        assert_eq!(answer["kind"], "Status", "{kind} {body:?}: {answer}");
    }
    let (status, answer) = api.send(Method::POST, POLICIES, "text/html", "<p>").await;
    assert_eq!((status, &answer["reason"]), (StatusCode::UNSUPPORTED_MEDIA_TYPE, &json!("UnsupportedMediaType")));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(api.send(Method::POST, POLICIES, "application/json", deep).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn paths_that_lead_nowhere() {
    let api = Api::new().await;
    for path in [
        "/nothing",
        "/api/v2",
        "/apis/nothing/v1",
        "/apis/networking.k8s.io/v1/foo",
        "/api/v1/pods/web",
        "/api/v1/namespaces/default/pods/a/b/c",
        "/api/v1/namespaces/default/nodes/x",
        "/api/v1/namespaces/default/pods/%ff",
        "/api/v1/namespaces/default/pods/%zz",
    ] {
        let (status, answer) = api.get(path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer["message"], "the server could not find the requested resource", "{path}");
    }
    let long = format!("/api/v1/namespaces/default/pods/{}", "a".repeat(20_000));
    assert_eq!(api.get(&long).await.0, StatusCode::NOT_FOUND);
    let up = format!("{POLICIES}/..%2f..%2fsecrets");
    assert_eq!(api.get(&up).await.1["reason"], "NotFound");
    assert_eq!(api.send(Method::TRACE, POLICIES, "", "").await.0, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(api.send(Method::PUT, POLICIES, "", "{}").await.0, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn queries_that_make_no_sense() {
    let api = Api::new().await;
    for query in [
        "limit=-1",
        "limit=many",
        "continue=nonsense",
        "resourceVersion=old",
        "labelSelector=a%20in",
        "fieldSelector=spec.x=1",
        "fieldSelector=nothing",
        "watch=true&resourceVersion=old",
        "watch=true&sendInitialEvents=true",
        "%zz=1",
    ] {
        let (status, answer) = api.get(&format!("{POLICIES}?{query}")).await;
        assert!(status.is_client_error(), "{query}: {status}");
        assert_eq!(answer["kind"], "Status", "{query}: {answer}");
    }
    let (status, answer) = api.post(&format!("{POLICIES}?fieldValidation=Maybe"), &policy("a")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    assert_eq!(api.get(&format!("{POLICIES}?resourceVersion=999999")).await.0, StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn patches_that_do_not_fit() {
    let api = Api::new().await;
    api.post(POLICIES, &policy("a")).await;
    let path = format!("{POLICIES}/a");
    for (kind, patch) in [
        ("application/json-patch+json", json!([{"op": "remove", "path": "/spec/nothing"}])),
        ("application/json-patch+json", json!([{"op": "add", "path": "", "value": 1}])),
        ("application/json-patch+json", json!({"op": "add"})),
        ("application/merge-patch+json", json!([1])),
        ("application/merge-patch+json", json!({"metadata": {"name": "b"}})),
        ("application/merge-patch+json", json!({"kind": "Pod"})),
        ("application/merge-patch+json", json!({"metadata": 1})),
        ("application/merge-patch+json", json!({"metadata": {"labels": {"a": 1}}})),
        ("application/strategic-merge-patch+json", json!({"$patch": "burn"})),
        ("application/strategic-merge-patch+json", json!({"metadata": {"ownerReferences": [{"name": "no uid"}]}})),
        ("application/apply-patch+yaml", json!({"kind": "NetworkPolicy"})),
        ("text/plain", json!({})),
    ] {
        let (status, answer) = api.patch(&path, kind, &patch).await;
        assert!(status.is_client_error(), "{kind} {patch}: {status} {answer}");
        assert_eq!(answer["kind"], "Status", "{kind} {patch}: {answer}");
    }
    let (_, unchanged) = api.get(&path).await;
    assert_eq!(unchanged["metadata"]["generation"], 1);
}

#[tokio::test]
async fn more_than_a_cluster_may_hold() {
    let limits = Limits { objects: 0, body: 2_000, watches: 1, ..Limits::default() };
    let api = Api::with(Options { limits, ..Options::default() }).await;
    let (status, answer) = api.post(POLICIES, &policy("one-too-many")).await;
    assert_eq!((status, &answer["reason"]), (StatusCode::FORBIDDEN, &json!("Forbidden")), "{answer}");
    let (status, answer) = api.send(Method::POST, POLICIES, "application/json", vec![b' '; 3_000]).await;
    assert_eq!((status, &answer["reason"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("RequestEntityTooLarge")));
    // A deletion is let through: it is how a full cluster gets better.
    let services = "/api/v1/namespaces/kube-system/services/kube-dns";
    assert_eq!(api.send(Method::DELETE, services, "", "").await.0, StatusCode::OK);
}

#[tokio::test]
async fn too_many_watches() {
    use tower::ServiceExt;
    let limits = Limits { watches: 2, ..Limits::default() };
    let api = Api::with(Options { limits, ..Options::default() }).await;
    let watch = || {
        let uri = format!("/clusters/{}{POLICIES}?watch=true", api.id);
        let request = axum::http::Request::builder().uri(uri).body(axum::body::Body::empty()).expect("a request");
        api.clusters.router().oneshot(request)
    };
    let first = watch().await.expect("an answer");
    let second = watch().await.expect("an answer");
    let third = watch().await.expect("an answer");
    assert_eq!((first.status(), second.status()), (StatusCode::OK, StatusCode::OK));
    assert_eq!(third.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(third.headers().contains_key("retry-after"));
    // Neighbours have watches of their own, and a watch that ends makes room.
    drop(first);
    assert_eq!(watch().await.expect("an answer").status(), StatusCode::OK);
}

#[tokio::test]
async fn another_learners_cluster() {
    let api = Api::new().await;
    let other = ClusterId::random();
    api.clusters.create(&other).await.expect("creates");
    api.clusters.require_token(&other, "secret").await.expect("protects");
    let mine = Api { clusters: api.clusters.clone(), id: other };
    let (status, answer) = mine.get("/api/v1/namespaces").await;
    assert_eq!((status, &answer["reason"]), (StatusCode::UNAUTHORIZED, &json!("Unauthorized")));
    let nobody = Api { clusters: api.clusters.clone(), id: ClusterId::random() };
    assert_eq!(nobody.get("/api/v1/namespaces").await.0, StatusCode::NOT_FOUND);
}
