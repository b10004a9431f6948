//! The whole server in memory, on the sample course, and the people who use it.

use std::{net::SocketAddr, path::Path};

use axum::{
    Extension, Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, Method, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use server::{Config, Embedded, in_memory};
use tempfile::TempDir;
use tower::ServiceExt;

/// Where the server listens, or would.
#[derive(Clone, Copy)]
pub(crate) enum Listening {
    /// On this machine alone.
    Loopback,
    /// For a class.
    Everywhere,
}

pub(crate) struct TestApp {
    pub(crate) server: Embedded,
    pub(crate) folder: TempDir,
}

/// Somebody with a token, or without.
#[derive(Clone)]
pub(crate) struct Person {
    router: Router,
    headers: HeaderMap,
}

/// An answer, read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl TestApp {
    /// A server for a class.
    pub(crate) async fn new() -> Self {
        Self::listening(Listening::Everywhere).await
    }

    pub(crate) async fn listening(listening: Listening) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), listening).await
    }

    pub(crate) async fn in_folder(folder: TempDir, listening: Listening) -> Self {
        Self::configured(folder, listening, None).await
    }

    /// A server for a class, one of those on this database.
    pub(crate) async fn on_database(address: &str) -> Self {
        Self::configured(tempfile::tempdir().unwrap(), Listening::Everywhere, Some(address.to_owned())).await
    }

    /// A server on its own machine, with the course itself.
    pub(crate) async fn with_the_course() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path());
        config.course = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
        config.listen = SocketAddr::from(([127, 0, 0, 1], 8080));
        Self { server: in_memory(&config).await.unwrap(), folder }
    }

    /// A server for a class on the sample course, but for what is changed here.
    pub(crate) async fn told(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path());
        config.course = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sample-course"));
        config.listen = SocketAddr::from(([0, 0, 0, 0], 8080));
        change(&mut config);
        Self { server: in_memory(&config).await.unwrap(), folder }
    }

    /// The same server, where every request comes from this address.
    pub(crate) fn reached_from(mut self, caller: &str) -> Self {
        let caller = SocketAddr::new(caller.parse().unwrap(), 40_000);
        self.server.router = self.server.router.layer(Extension(ConnectInfo(caller)));
        self
    }

    async fn configured(folder: TempDir, listening: Listening, database: Option<String>) -> Self {
        let mut config = Config::new(folder.path());
        config.database = database;
        config.course = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sample-course"));
        config.listen = match listening {
            Listening::Loopback => SocketAddr::from(([127, 0, 0, 1], 8080)),
            Listening::Everywhere => SocketAddr::from(([0, 0, 0, 0], 8080)),
        };
        Self { server: in_memory(&config).await.unwrap(), folder }
    }

    /// Stop the server and start another on the same data.
    pub(crate) async fn restarted(self) -> Self {
        self.server.store.close().await;
        Self::in_folder(self.folder, Listening::Everywhere).await
    }

    pub(crate) fn anonymous(&self) -> Person {
        let headers = HeaderMap::from_iter([(header::HOST, "course.example.org".parse().unwrap())]);
        Person { router: self.server.router.clone(), headers }
    }

    /// Somebody who has enrolled.
    pub(crate) async fn learner(&self, name: &str) -> Person {
        let body = json!({"name": name, "code": self.server.join_code});
        let enrolled = self.anonymous().post("/api/v1/learners", body).await;
        assert_eq!(enrolled.status, 201, "{enrolled:?}");
        self.anonymous().with_token(enrolled.json()["token"].as_str().unwrap())
    }

    pub(crate) fn instructor(&self) -> Person {
        self.anonymous().with_token(self.server.instructor_token.as_deref().unwrap())
    }
}

impl Person {
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        self
    }

    /// What they send.
    pub(crate) fn header(&self, name: &str) -> String {
        self.headers[name].to_str().unwrap().to_owned()
    }

    /// Whether they send it.
    pub(crate) fn has_header(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    pub(crate) fn with_token(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    /// The same person, talking to another server.
    pub(crate) fn on(mut self, app: &TestApp) -> Self {
        self.router = app.server.router.clone();
        self
    }

    /// The same person with the cookie that an answer set.
    pub(crate) fn with_cookie_of(self, answer: &Answer) -> Self {
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
        self.with("cookie", cookie.split(';').next().unwrap())
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Body::empty()).await
    }

    /// An answer that goes on.
    pub(crate) async fn stream(&self, path: &str) -> axum::body::BodyDataStream {
        let mut request = Request::get(path).body(Body::empty()).unwrap();
        request.headers_mut().extend(self.headers.clone());
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        response.into_body().into_data_stream()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some("application/json"), Body::from(body.to_string())).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some("application/json"), Body::from(body.to_string())).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, Body::empty()).await
    }

    pub(crate) async fn post_text(&self, path: &str, kind: &str, body: &str) -> Answer {
        self.send(Method::POST, path, Some(kind), Body::from(body.to_owned())).await
    }

    /// Bytes that need not be a text.
    pub(crate) async fn put_bytes(&self, path: &str, body: Vec<u8>) -> Answer {
        self.send(Method::PUT, path, Some("application/json"), Body::from(body)).await
    }

    pub(crate) async fn post_bytes(&self, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        self.send(Method::POST, path, Some(kind), Body::from(body)).await
    }

    pub(crate) async fn submit(&self, path: &str, form: &str) -> Answer {
        self.post_text(path, "application/x-www-form-urlencoded", form).await
    }

    /// A request without a body, with any method.
    pub(crate) async fn send_method(&self, method: &str, path: &str) -> Answer {
        self.send(method.parse().unwrap(), path, None, Body::empty()).await
    }

    pub(crate) async fn request(&self, method: Method, path: &str, kind: Option<&str>, body: &str) -> Answer {
        self.send(method, path, kind, Body::from(body.to_owned())).await
    }

    async fn send(&self, method: Method, path: &str, kind: Option<&str>, body: Body) -> Answer {
        let mut request = Request::builder().method(method).uri(path).body(body).unwrap();
        request.headers_mut().extend(self.headers.clone());
        if let Some(kind) = kind {
            request.headers_mut().insert(header::CONTENT_TYPE, kind.parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, text }
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The kind of a problem, after its prefix.
    #[track_caller]
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json", "{self:?}");
        let body = self.json();
        assert_eq!(body["status"], self.status.as_u16());
        body["type"].as_str().unwrap().strip_prefix("urn:lab-checker:").unwrap().to_owned()
    }
}

/// The instructor token that a data folder keeps.
pub(crate) fn kept_token(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("instructor-token")).unwrap().trim().to_owned()
}

/// The objects of the sample lab's solution.
pub(crate) fn solution() -> Value {
    json!([policy(json!({}))])
}

/// A policy that lets nothing in to the pods it selects.
pub(crate) fn policy(selector: Value) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "deny", "namespace": "shop"},
        "spec": {"podSelector": selector, "policyTypes": ["Ingress"]}
    })
}

/// Answers to the sample quiz, right or wrong.
pub(crate) async fn answers(learner: &Person, short: &str, choice: &str) -> Value {
    let quiz = learner.get("/api/v1/quizzes/basics").await.json();
    let options = quiz["questions"][1]["options"].as_array().unwrap().clone();
    let chosen = options.iter().find(|option| option["text"] == choice).unwrap();
    json!({"answers": {"layer": short, "selector": chosen["id"]}})
}

/// Right answers.
pub(crate) async fn right_answers(learner: &Person) -> Value {
    answers(learner, "networkpolicy-secret-key ", "All of the namespace").await
}
