//! Requests to the API server, and what kubectl makes of the answers.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use serde_json::{Value, json};

use super::config;
use super::failure::Failure;
use super::flags::Flags;
use super::kind::Kind;
use crate::kubernetes::{Kubernetes, Request};
use crate::process::Process;

/// The largest answer that is read whole.
const ANSWER: usize = 8 << 20;

/// As JSON.
pub(super) const JSON: &str = "application/json";
/// As a table with the columns that people read.
pub(super) const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
/// A patch that knows how lists merge.
pub(super) const STRATEGIC: &str = "application/strategic-merge-patch+json";
/// A patch that replaces lists.
pub(super) const MERGE: &str = "application/merge-patch+json";

/// Where a command talks to, and in which namespace.
pub(super) struct Client<'a> {
    pub(super) process: &'a Process,
    pub(super) service: Arc<dyn Kubernetes>,
    /// The namespace of what names none.
    pub(super) namespace: String,
    /// Whether `-n` named it.
    pub(super) explicit: bool,
}

impl<'a> Client<'a> {
    pub(super) fn new(process: &'a Process, flags: &Flags) -> Result<Self, Failure> {
        let service = process.container.kubernetes.clone();
        let service = service.ok_or_else(|| Failure::said("there is no cluster to talk to"))?;
        if let Some(context) = flags.value("context").filter(|context| *context != config::CONTEXT) {
            return Err(Failure::said(format!("context \"{context}\" does not exist")));
        }
        let given = flags.value("namespace").filter(|namespace| !namespace.is_empty()).map(str::to_owned);
        let explicit = given.is_some();
        Ok(Self { process, service, namespace: given.unwrap_or_else(|| config::namespace(process)), explicit })
    }

    /// Reads what stands at a path.
    pub(super) async fn get(&self, path: &str, accept: &'static str) -> Result<Value, Failure> {
        self.send(Request { method: "GET", path: path.to_owned(), accept, ..Request::default() }).await
    }

    /// Creates an object.
    pub(super) async fn post(&self, path: &str, object: &Value) -> Result<Value, Failure> {
        self.write("POST", path, JSON, object).await
    }

    /// Patches an object.
    pub(super) async fn patch(&self, path: &str, kind: &'static str, patch: &Value) -> Result<Value, Failure> {
        self.write("PATCH", path, kind, patch).await
    }

    /// Deletes an object; what it owns goes afterwards.
    pub(super) async fn delete(&self, path: &str, grace: Option<u32>) -> Result<Value, Failure> {
        let mut options = json!({"propagationPolicy": "Background"});
        if let Some(seconds) = grace {
            options["gracePeriodSeconds"] = seconds.into();
        }
        self.write("DELETE", path, JSON, &options).await
    }

    async fn write(
        &self,
        method: &'static str,
        path: &str,
        content_type: &'static str,
        body: &Value,
    ) -> Result<Value, Failure> {
        let body = body.to_string().into_bytes();
        self.send(Request { method, path: path.to_owned(), accept: JSON, content_type, body }).await
    }

    async fn send(&self, request: Request) -> Result<Value, Failure> {
        let bytes = whole(self.stream(request).await?).await?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Failure::said(format!("the answer of the server cannot be read: {error}")))
    }

    /// An answer as it comes; a refusal is read, and its warnings are printed.
    pub(super) async fn stream(&self, request: Request) -> Result<BoxStream<'static, Bytes>, Failure> {
        let response = self.service.request(request).await;
        for warning in &response.warnings {
            self.process.streams.stderr.line(format!("Warning: {warning}")).await;
        }
        if response.code < 300 {
            return Ok(response.body);
        }
        let bytes = whole(response.body).await?;
        let status = serde_json::from_slice(&bytes).unwrap_or_else(|_| {
            let text = String::from_utf8_lossy(&bytes);
            json!({"message": format!("the server answered {}: {}", response.code, text.trim())})
        });
        Err(Failure::server(status))
    }

    /// The path of a kind's objects in a namespace.
    pub(super) fn collection(&self, kind: &Kind, namespace: Option<&str>) -> String {
        match namespace.filter(|_| kind.namespaced) {
            Some(namespace) => format!("{}/namespaces/{}/{}", kind.root(), encoded(namespace), kind.plural),
            None => format!("{}/{}", kind.root(), kind.plural),
        }
    }

    /// The path of one object.
    pub(super) fn object(&self, kind: &Kind, namespace: &str, name: &str) -> String {
        format!("{}/{}", self.collection(kind, Some(namespace)), encoded(name))
    }
}

async fn whole(mut body: BoxStream<'static, Bytes>) -> Result<Vec<u8>, Failure> {
    let mut all = Vec::new();
    while let Some(chunk) = body.next().await {
        all.extend_from_slice(&chunk);
        if all.len() > ANSWER {
            return Err(Failure::said("the answer is too long for this terminal; ask for less, with -n or -l"));
        }
    }
    Ok(all)
}

/// A text as it may stand in a path or a query.
pub(super) fn encoded(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            written.push(char::from(byte));
        } else {
            written.push_str(&format!("%{byte:02X}"));
        }
    }
    written
}
