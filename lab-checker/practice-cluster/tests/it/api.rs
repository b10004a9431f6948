//! A cluster without a socket: requests go straight to the router.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use practice_cluster::{ClusterId, Options, PracticeClusters};
use serde_json::Value;
use tower::ServiceExt;

/// One cluster and its router.
pub(crate) struct Api {
    pub(crate) clusters: PracticeClusters,
    pub(crate) id: ClusterId,
}

impl Api {
    /// A fresh cluster.
    pub(crate) async fn with(options: Options) -> Self {
        let clusters = PracticeClusters::open(options).await.expect("opens");
        let id = ClusterId::random();
        clusters.create(&id).await.expect("creates");
        Self { clusters, id }
    }

    /// A fresh cluster with nothing special.
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    /// Sends a request; the answer is its status and its JSON, or its text as a JSON string.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: impl Into<Body>,
    ) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("/clusters/{}{path}", self.id))
            .header("content-type", kind)
            .body(body.into())
            .expect("a request");
        let response = self.clusters.router().oneshot(request).await.expect("an answer");
        let status = response.status();
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// GET.
    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.send(Method::GET, path, "application/json", "").await
    }

    /// POST of JSON.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        self.send(Method::POST, path, "application/json", body.to_string()).await
    }

    /// PATCH of JSON of some kind.
    pub(crate) async fn patch(&self, path: &str, kind: &str, body: &Value) -> (StatusCode, Value) {
        self.send(Method::PATCH, path, kind, body.to_string()).await
    }
}

/// A small NetworkPolicy.
pub(crate) fn policy(name: &str) -> Value {
    serde_json::json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": name}, "spec": {"podSelector": {}},
    })
}

/// Where policies of the default namespace are.
pub(crate) const POLICIES: &str = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies";
