//! What a client should not send, and what it gets: always a Status, never a crash, and nobody else notices.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::{Method, StatusCode};
use futures::{FutureExt, StreamExt};
use practice_cluster::{ClusterId, Limits, Options};
use serde_json::{Value, json};
use tower::ServiceExt;

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
async fn numbers_beyond_all_measure() {
    let api = Api::new().await;
    for number in ["0", "1", "4294967296", "9223372036854775807", "18446744073709551615", "18446744073709551616", "-1"]
    {
        for query in [format!("watch=true&timeoutSeconds={number}"), format!("limit={number}&timeoutSeconds={number}")]
        {
            let status = opened(&api, &format!("{POLICIES}?{query}")).await.status();
            assert!(status.is_success() || status == StatusCode::BAD_REQUEST, "{query}: {status}");
        }
    }
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
    let limits = Limits { watches: 2, ..Limits::default() };
    let api = Api::with(Options { limits, ..Options::default() }).await;
    let first = opened(&api, &format!("{POLICIES}?watch=true")).await;
    let second = opened(&api, &format!("{POLICIES}?watch=true")).await;
    let third = opened(&api, &format!("{POLICIES}?watch=true")).await;
    assert_eq!((first.status(), second.status()), (StatusCode::OK, StatusCode::OK));
    assert_eq!(third.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(third.headers().contains_key("retry-after"));
    // Neighbours have watches of their own, and a watch that ends makes room.
    drop(first);
    assert_eq!(opened(&api, &format!("{POLICIES}?watch=true")).await.status(), StatusCode::OK);
}

const MAPS: &str = "/api/v1/namespaces/default/configmaps";

/// A ConfigMap of 50 kB.
fn large(name: &str) -> Value {
    let text = "x".repeat(50_000);
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"text": text}})
}

async fn limited(limits: Limits) -> Api {
    Api::with(Options { limits, ..Options::default() }).await
}

async fn opened(api: &Api, path: &str) -> axum::response::Response {
    let uri = format!("/clusters/{}{path}", api.id);
    let request = axum::http::Request::builder().uri(uri).body(axum::body::Body::empty()).expect("a request");
    api.clusters.router().oneshot(request).await.expect("an answer")
}

#[tokio::test]
async fn large_answers_that_nobody_reads() {
    let api = limited(Limits { unread: 400 << 10, ..Limits::default() }).await;
    for name in ["a", "b", "c", "d", "e"] {
        assert_eq!(api.post(MAPS, &large(name)).await.0, StatusCode::CREATED);
    }
    let unread = opened(&api, MAPS).await;
    let refused = opened(&api, MAPS).await;
    assert_eq!((unread.status(), refused.status()), (StatusCode::OK, StatusCode::TOO_MANY_REQUESTS));
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(api.get("/api/v1/namespaces").await.0, StatusCode::OK, "a small answer is let through");
    drop(unread);
    let (status, list) = api.get(MAPS).await;
    assert_eq!((status, list["items"].as_array().map(Vec::len)), (StatusCode::OK, Some(6)));
    // An answer that is larger than all the room goes out alone.
    for name in ["f", "g", "h", "i"] {
        api.post(MAPS, &large(name)).await;
    }
    let (status, list) = api.get(MAPS).await;
    assert_eq!((status, list["items"].as_array().map(Vec::len)), (StatusCode::OK, Some(10)));
}

/// Hundreds of clients of one learner, each of which asks as soon as it is answered, are in another's way no more than a
/// few are.
#[tokio::test]
async fn a_crowd_of_one_learners_clients_leaves_room_for_another() {
    const LOOKS: usize = 20;
    let (crowded, other) = (Api::new().await, ClusterId::random());
    crowded.clusters.create(&other).await.expect("another cluster");
    let other = Api { clusters: crowded.clusters.clone(), id: other };
    let answered = Arc::new(AtomicUsize::new(0));
    for _ in 0..300 {
        let (api, answered) =
            (Api { clusters: crowded.clusters.clone(), id: crowded.id.clone() }, Arc::clone(&answered));
        tokio::spawn(async move {
            loop {
                assert_eq!(api.get("/api/v1/pods").await.0, StatusCode::OK);
                answered.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        });
    }
    // Until they are all there.
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    let before = answered.load(Ordering::Relaxed);
    for _ in 0..LOOKS {
        assert_eq!(other.get("/api/v1/pods").await.0, StatusCode::OK);
        tokio::task::yield_now().await;
    }
    let between = answered.load(Ordering::Relaxed) - before;
    assert!(between > 0, "they go on as well");
    assert!(between < LOOKS * 30, "{between} requests of the crowd were answered between {LOOKS} of another's");
}

/// Many watches that nobody reads hold, together, no more than answers may; and whoever reads gets everything.
#[tokio::test]
async fn many_watches_that_nobody_reads() {
    const ROOM: usize = 4 << 20;
    let api = limited(Limits { unread: ROOM, ..Limits::default() }).await;
    for number in 0..10 {
        assert_eq!(api.post(MAPS, &large(&format!("map-{number}"))).await.0, StatusCode::CREATED);
    }
    let mut watches = Vec::new();
    for _ in 0..200 {
        let response = opened(&api, &format!("{MAPS}?watch=true&timeoutSeconds=600")).await;
        watches.push((response.into_body().into_data_stream(), 0));
    }
    let mut held = 0;
    let mut waiting = 0;
    for (watch, read) in &mut watches {
        match watch.next().now_or_never() {
            Some(piece) => *read += piece.expect("it goes on").expect("bytes").len(),
            None => waiting += 1,
        }
        held += *read;
    }
    assert!(held <= ROOM && waiting > 100, "{held} bytes are unread, and {waiting} wait");
    // Others of this server notice nothing, and each goes on as soon as those before it have read.
    let whole = 10 * large("map-0").to_string().len();
    let everything = watches.into_iter().map(async |(mut watch, mut read)| {
        while read < whole {
            read += watch.next().await.expect("it goes on").expect("bytes").len();
        }
    });
    let everything = tokio::time::timeout(std::time::Duration::from_secs(60), futures::future::join_all(everything));
    everything.await.expect("there is room again");
}

#[tokio::test]
async fn a_watch_that_nobody_reads_holds_a_piece_at_a_time() {
    let api = Api::new().await;
    for number in 0..20 {
        api.post(MAPS, &large(&format!("map-{number}"))).await;
    }
    let mut events = opened(&api, &format!("{MAPS}?watch=true")).await.into_body().into_data_stream();
    let (mut read, mut largest) = (Vec::new(), 0);
    while read.iter().filter(|byte| **byte == b'\n').count() < 21 {
        let piece = events.next().await.expect("more").expect("a chunk");
        largest = largest.max(piece.len());
        read.extend(piece);
    }
    assert!(largest < 150_000, "{largest}");
    let names: Vec<Value> = String::from_utf8_lossy(&read)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("an event")["object"]["metadata"]["name"].clone())
        .collect();
    assert_eq!((names.len(), &names[1]), (21, &json!("map-0")));
}

/// A watch from the beginning of a cluster that has been written to for a while.
async fn late_watch(limits: Limits, writes: usize) -> Value {
    let api = limited(limits).await;
    let (_, list) = api.get(MAPS).await;
    let since = list["metadata"]["resourceVersion"].as_str().expect("a revision").to_owned();
    api.post(MAPS, &large("map")).await;
    for number in 0..writes {
        let patch = json!({"metadata": {"labels": {"number": number.to_string()}}});
        api.patch(&format!("{MAPS}/map"), "application/merge-patch+json", &patch).await;
    }
    let response = opened(&api, &format!("{MAPS}?watch=true&resourceVersion={since}")).await;
    let chunk = response.into_body().into_data_stream().next().await.expect("an event").expect("a chunk");
    let line = chunk.split(|byte| *byte == b'\n').next().expect("a line");
    serde_json::from_slice(line).expect("an event")
}

#[tokio::test]
async fn what_happened_long_ago_is_forgotten() {
    assert_eq!(late_watch(Limits { log: 10, ..Limits::default() }, 9).await["type"], "ADDED");
    for limits in [Limits { log: 10, ..Limits::default() }, Limits { log_bytes: 500_000, ..Limits::default() }] {
        let event = late_watch(limits, 10).await;
        assert_eq!((&event["type"], &event["object"]["code"]), (&json!("ERROR"), &json!(410)), "{event}");
        assert!(event["object"]["message"].as_str().is_some_and(|m| m.starts_with("too old resource version:")));
    }
}

#[tokio::test]
async fn a_list_that_is_paged_for_too_long_starts_again() {
    let api = limited(Limits { log: 10, ..Limits::default() }).await;
    for name in ["a", "b", "c"] {
        api.post(POLICIES, &policy(name)).await;
    }
    let (_, first) = api.get(&format!("{POLICIES}?limit=1")).await;
    let token = first["metadata"]["continue"].as_str().expect("a token").to_owned();
    for number in 0..12 {
        api.post(POLICIES, &policy(&format!("p{number}"))).await;
    }
    let (status, answer) = api.get(&format!("{POLICIES}?limit=1&continue={token}")).await;
    assert_eq!((status, &answer["reason"]), (StatusCode::GONE, &json!("Expired")), "{answer}");
    let fresh = answer["metadata"]["continue"].as_str().expect("a token to go on with");
    assert_eq!(api.get(&format!("{POLICIES}?limit=1&continue={fresh}")).await.0, StatusCode::OK);
}

#[tokio::test]
async fn too_many_bytes_and_sessions() {
    let api = limited(Limits { bytes: 150_000, sessions: 0, ..Limits::default() }).await;
    let (mut stored, mut refused) = (0, Value::Null);
    while refused.is_null() {
        let (status, answer) = api.post(MAPS, &large(&format!("map-{stored}"))).await;
        match status {
            StatusCode::CREATED => stored += 1,
            _ => refused = answer,
        }
    }
    assert_eq!((&refused["code"], &refused["reason"]), (&json!(403), &json!("Forbidden")), "{refused}");
    assert!(refused["message"].as_str().is_some_and(|m| m.contains("delete something first")), "{refused}");
    assert_eq!(api.send(Method::DELETE, &format!("{MAPS}/map-0"), "", "").await.0, StatusCode::OK);
    assert_eq!(api.post(MAPS, &large("again")).await.0, StatusCode::CREATED);
    api.send(Method::DELETE, &format!("{MAPS}/again"), "", "").await;

    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "box"},
        "spec": {"containers": [{"name": "c", "image": "nginx"}]}});
    assert_eq!(api.post("/api/v1/namespaces/default/pods", &pod).await.0, StatusCode::CREATED);
    for way in ["exec?command=true", "attach?stdout=true", "log?follow=true"] {
        let (status, answer) = api.get(&format!("/api/v1/namespaces/default/pods/box/{way}")).await;
        assert_eq!((status, &answer["reason"]), (StatusCode::TOO_MANY_REQUESTS, &json!("TooManyRequests")), "{way}");
    }
}

#[tokio::test]
async fn a_full_cluster_and_its_neighbour() {
    let api = limited(Limits { objects: 60, watches: 1, ..Limits::default() }).await;
    let neighbour = Api { clusters: api.clusters.clone(), id: ClusterId::random() };
    api.clusters.create(&neighbour.id).await.expect("creates");
    let mut number = 0;
    while api.post(POLICIES, &policy(&format!("p{number}"))).await.0 == StatusCode::CREATED {
        number += 1;
    }
    assert!(number > 0);
    let _watch = opened(&api, &format!("{POLICIES}?watch=true")).await;
    assert_eq!(opened(&api, &format!("{POLICIES}?watch=true")).await.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(neighbour.post(POLICIES, &policy("mine")).await.0, StatusCode::CREATED);
    assert_eq!(opened(&neighbour, &format!("{POLICIES}?watch=true")).await.status(), StatusCode::OK);
    let (_, list) = neighbour.get(POLICIES).await;
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
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
    let (status, answer) = nobody.get("/api/v1/namespaces").await;
    assert_eq!(
        (status, &answer["kind"], &answer["reason"]),
        (StatusCode::NOT_FOUND, &json!("Status"), &json!("NotFound"))
    );
    assert!(answer["message"].as_str().is_some_and(|m| m.starts_with("there is no such practice cluster")), "{answer}");
    // No way leads from one cluster's address into another's.
    let beside = format!("/../{}/api/v1/namespaces", mine.id);
    assert_eq!(api.get(&beside).await.0, StatusCode::NOT_FOUND);
    assert_eq!(api.get(&beside.replace("..", "%2e%2e")).await.0, StatusCode::NOT_FOUND);
}
