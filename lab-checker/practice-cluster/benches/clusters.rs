//! The budgets of the practice cluster, printed: first answer, a further cluster, memory idle and used, writes
//! and lists a second, and how long 500 watchers wait for an event. Run with `cargo bench -p practice-cluster`.

#![expect(clippy::print_stdout, reason = "a benchmark prints its numbers")]

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use futures::StreamExt;
use futures::future::join_all;
use http_body_util::BodyExt;
use practice_cluster::{ClusterId, Options, PracticeClusters};
use serde_json::{Value, json};
use tower::ServiceExt;

const CLUSTERS: usize = 1_000;
const WRITES: usize = 2_000;
const LISTS: usize = 2_000;
const WATCHERS: usize = 500;

#[tokio::main]
async fn main() {
    let start = Instant::now();
    let clusters = PracticeClusters::open(Options::default()).await.expect("opens");
    let id = ClusterId::random();
    clusters.create(&id).await.expect("creates");
    let router = clusters.router();
    send(&router, Method::GET, &format!("/clusters/{id}/api/v1/namespaces"), Body::empty()).await;
    report("from nothing to the first answer", start.elapsed(), "50 ms");

    let ids = many(&clusters, &router).await;
    used(&clusters, &ids).await;
    writes_and_lists(&router, &id).await;
    watchers(&router, &id).await;
}

fn report(what: &str, took: Duration, budget: &str) {
    println!("{what}: {took:.2?} (budget {budget})");
}

async fn send(router: &Router, method: Method, path: &str, body: Body) -> Value {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json").body(body);
    let response = router.clone().oneshot(request.expect("a request")).await.expect("an answer");
    assert!(response.status().is_success(), "{path}: {}", response.status());
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    serde_json::from_slice(&bytes).expect("JSON")
}

async fn many(clusters: &PracticeClusters, router: &Router) -> Vec<ClusterId> {
    let before = resident();
    let start = Instant::now();
    let mut ids = Vec::with_capacity(CLUSTERS);
    for _ in 0..CLUSTERS {
        let id = ClusterId::random();
        clusters.create(&id).await.expect("creates");
        send(router, Method::GET, &format!("/clusters/{id}/api/v1/namespaces"), Body::empty()).await;
        ids.push(id);
    }
    report("a further cluster, with its first answer", start.elapsed() / 1_000, "1 ms");
    println!("memory of an idle cluster: {} KiB (budget 64 KiB)", (resident() - before) / CLUSTERS);
    ids
}

/// A lab in every cluster: a namespace, four pods, two Services, a policy.
async fn used(clusters: &PracticeClusters, ids: &[ClusterId]) {
    let mut objects = vec![json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "lab"}})];
    for name in ["web", "api", "db", "intruder"] {
        objects.push(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "lab", "labels": {"app": name}},
            "spec": {"containers": [{"name": "c", "image": "nginx", "ports": [{"containerPort": 80}]}]},
        }));
    }
    objects.push(json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "deny", "namespace": "lab"}, "spec": {"podSelector": {}},
    }));
    let before = resident();
    let start = Instant::now();
    for id in ids {
        clusters.replace_namespaces(id, &objects).await.expect("starts the lab");
    }
    report("starting a lab", start.elapsed() / 1_000, "none");
    println!("memory of a lab in a cluster: {} KiB", resident().saturating_sub(before) / ids.len());
    println!("memory of the process with {} labs: {} MiB", ids.len(), resident() / 1024);
}

async fn writes_and_lists(router: &Router, id: &ClusterId) {
    let path = format!("/clusters/{id}/apis/networking.k8s.io/v1/namespaces/default/networkpolicies");
    let start = Instant::now();
    for number in 0..WRITES {
        let policy = json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": format!("p{number}")},
            "spec": {"podSelector": {"matchLabels": {"app": "web"}}, "policyTypes": ["Ingress"]},
        });
        send(router, Method::POST, &path, Body::from(policy.to_string())).await;
    }
    let each = start.elapsed().as_secs_f64() / 2_000.0;
    println!("creates a second: {:.0} (kube-apiserver with etcd: 608; budget 5 times that)", 1.0 / each);
    let path = format!("/clusters/{id}/apis/networking.k8s.io/v1/namespaces/kube-public/networkpolicies");
    let start = Instant::now();
    for _ in 0..LISTS {
        send(router, Method::GET, &path, Body::empty()).await;
    }
    let each = start.elapsed().as_secs_f64() / 2_000.0;
    println!("lists a second: {:.0} (kube-apiserver with etcd: 1,089; budget 5 times that)", 1.0 / each);
}

async fn watchers(router: &Router, id: &ClusterId) {
    let path = format!("/clusters/{id}/api/v1/namespaces/kube-public/configmaps");
    let opened = join_all((0..WATCHERS).map(|_| async {
        let uri = format!("{path}?watch=true");
        let request = Request::builder().uri(uri).body(Body::empty()).expect("a request");
        let response = router.clone().oneshot(request).await.expect("an answer");
        let mut stream = response.into_body().into_data_stream();
        stream.next().await.expect("what there is").expect("a chunk");
        stream
    }))
    .await;
    let start = Instant::now();
    let waiting = join_all(opened.into_iter().map(|mut stream| async move {
        stream.next().await.expect("an event").expect("a chunk");
        start.elapsed()
    }));
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "event"}});
    let (_, mut waits) = tokio::join!(send(router, Method::POST, &path, Body::from(map.to_string())), waiting);
    waits.sort();
    println!(
        "{WATCHERS} watchers saw an event after {:.2?} (median), {:.2?} (last)",
        waits[WATCHERS / 2],
        waits[WATCHERS - 1]
    );
}

/// Resident memory in KiB; 0 where `/proc` does not tell.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}
