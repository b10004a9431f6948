//! Any bytes as the body of a request to a practice cluster: every kind of patch, and an object in protobuf. Nothing
//! may panic (the fuzzer ends at the panic itself, before anything catches it), and what is refused is refused in the
//! API server's form.
#![no_main]

use std::sync::LazyLock;

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use libfuzzer_sys::fuzz_target;
use practice_cluster::{ClusterId, Options, PracticeClusters};
use tokio::runtime::Runtime;
use tower::ServiceExt;

const PATCHES: [&str; 4] = [
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
];

const SERVICE: &str = "api/v1/namespaces/kube-system/services/kube-dns";
const DEPLOYMENT: &str = "apis/apps/v1/namespaces/kube-system/deployments/coredns";

fuzz_target!(|bytes: &[u8]| {
    static RUNTIME: LazyLock<Runtime> =
        LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"));
    RUNTIME.block_on(async {
        // A cluster of its own for every input: what one leaves behind does not explain the next one's panic.
        let clusters = PracticeClusters::open(Options::default()).await.expect("clusters in memory");
        let id = ClusterId::random();
        clusters.create(&id).await.expect("a cluster in memory");
        for media_type in PATCHES {
            let force = if media_type.contains("apply") { "&force=true" } else { "" };
            for object in [SERVICE, DEPLOYMENT] {
                let path = format!("{object}?fieldManager=fuzz&dryRun=All{force}");
                ask(&clusters, &id, "PATCH", &path, media_type, bytes).await;
            }
        }
        let protobuf = "application/vnd.kubernetes.protobuf";
        ask(&clusters, &id, "POST", "api/v1/namespaces/default/pods?dryRun=All", protobuf, bytes).await;
        let body = [b"k8s\0", bytes].concat();
        ask(&clusters, &id, "POST", "api/v1/namespaces?dryRun=All", protobuf, &body).await;
    });
});

async fn ask(clusters: &PracticeClusters, id: &ClusterId, method: &str, path: &str, media_type: &str, body: &[u8]) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/clusters/{id}/{path}"))
        .header("content-type", media_type)
        .body(Body::from(body.to_vec()))
        .expect("a request");
    let response = clusters.router().oneshot(request).await.expect("an answer");
    let status = response.status();
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    let answer: serde_json::Value = serde_json::from_slice(&bytes).expect("the answer is JSON");
    assert!(status.is_success() || answer["kind"] == "Status", "{status}: {answer}");
    assert_ne!(status, StatusCode::NOT_FOUND, "{method} {path}");
}
