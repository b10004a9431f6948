//! The API server as a program sees it, for containers that are handed one: requests and answers, and the streams of
//! processes in other pods. Whoever makes the container decides what is behind it.

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use serde_json::Value;

use crate::streams::Streams;

/// One request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// The path with its query, from `/api` or `/apis` on.
    pub path: String,
    /// What is asked to be answered.
    pub accept: &'static str,
    /// What the body is.
    pub content_type: &'static str,
    /// The body; empty when there is none.
    pub body: Vec<u8>,
}

/// An answer.
pub struct Response {
    /// Its HTTP status.
    pub code: u16,
    /// The texts of its `Warning` headers.
    pub warnings: Vec<String>,
    /// Its body, as it comes.
    pub body: BoxStream<'static, Bytes>,
}

/// A container of a pod.
#[derive(Debug, Clone)]
pub struct Target {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container; the pod's own choice when none is named.
    pub container: Option<String>,
}

/// An API server.
pub trait Kubernetes: Send + Sync {
    /// Answers a request.
    fn request(&self, request: Request) -> BoxFuture<'static, Response>;

    /// Runs a command in a container; its exit code, or the `Status` that says why it did not run.
    fn exec(&self, target: Target, words: Vec<String>, streams: Streams) -> BoxFuture<'static, Result<u8, Value>>;

    /// Joins the main process of a container until it ends.
    fn attach(&self, target: Target, streams: Streams) -> BoxFuture<'static, Result<(), Value>>;
}
