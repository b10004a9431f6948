//! The worlds of a practice cluster: each lab has one of its own, and a kubeconfig leads to the current one.

use http::{Method, Request, Uri};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tower::service_fn;

use crate::connect::Connection;
use crate::error::ClusterError;
use crate::request::send;

/// The name of the world that belongs to no lab.
pub const SANDBOX: &str = "sandbox";

/// The worlds of a practice cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worlds {
    /// The one that the kubeconfig leads to.
    pub current: String,
    /// Those that have begun.
    pub begun: Vec<String>,
}

/// What a world is when it begins.
#[derive(Clone, Copy, Debug)]
pub struct Beginning<'a> {
    /// What its network plugin does: `enforcing`, `rejecting` or `none`.
    pub enforcement: &'a str,
    /// What is in it.
    pub objects: &'a [Value],
}

impl Worlds {
    fn read(answer: &Value) -> Option<Self> {
        let begun = answer["worlds"].as_array()?.iter().filter_map(|name| name.as_str().map(str::to_owned));
        Some(Self { current: answer["current"].as_str()?.to_owned(), begun: begun.collect() })
    }

    /// Whether a world has begun.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.begun.iter().any(|known| known == name)
    }
}

impl Connection {
    /// The same, and a practice cluster only when the server says so itself: a kubeconfig may say that of any cluster.
    /// A server that does not answer is left to whoever asks it next.
    pub async fn confirmed(mut self) -> Self {
        if self.practice {
            match send(&self.client, Method::GET, "/worlds", None, "ask for its worlds").await {
                Ok(answer) => self.practice = Worlds::read(&answer).is_some(),
                // So answers a Kubernetes API that knows of no worlds.
                Err(ClusterError::Refused { code: 403 | 404, .. }) => self.practice = false,
                Err(_) => {}
            }
        }
        self
    }

    /// The worlds of this practice cluster; `None` of any other cluster, which is one world.
    ///
    /// # Errors
    /// When the cluster cannot be reached.
    pub async fn worlds(&self) -> Result<Option<Worlds>, ClusterError> {
        if !self.practice {
            return Ok(None);
        }
        let doing = "ask for its worlds";
        match send(&self.client, Method::GET, "/worlds", None, doing).await {
            Ok(answer) => Ok(Worlds::read(&answer)),
            // An older server has one world.
            Err(error) if error.code() == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a world the current one, as it was left; it begins when it has not yet. Tells whether it did.
    ///
    /// # Errors
    /// When the cluster refuses an object, and when it cannot be reached.
    pub async fn start_world(&self, name: &str, beginning: Beginning<'_>) -> Result<bool, ClusterError> {
        let answer = self.step(name, "start", beginning).await?;
        Ok(answer["begun"].as_bool().unwrap_or(false))
    }

    /// Has a world begin anew. The current one stays the current one.
    ///
    /// # Errors
    /// As [`start_world`](Self::start_world).
    pub async fn reset_world(&self, name: &str, beginning: Beginning<'_>) -> Result<(), ClusterError> {
        self.step(name, "reset", beginning).await.map(drop)
    }

    async fn step(&self, name: &str, step: &str, beginning: Beginning<'_>) -> Result<Value, ClusterError> {
        let Beginning { enforcement, objects } = beginning;
        let body = json!({"enforcement": enforcement, "objects": objects});
        let path = format!("/worlds/{name}/{step}");
        send(&self.client, Method::POST, &path, Some(("application/json", &body)), &format!("{step} {name}")).await
    }

    /// The same cluster, where only one world is looked at, wherever the kubeconfig leads.
    #[must_use]
    pub fn looking_at(&self, name: &str) -> Self {
        let prefix = format!("/worlds/{name}");
        let client = self.client.clone();
        let service = service_fn(move |request: Request<Body>| {
            let (client, request) = (client.clone(), below(&prefix, request));
            async move { client.send(request).await }
        });
        Self { client: Client::new(service, self.namespace.clone()), ..self.clone() }
    }
}

/// The same request, of a path below `prefix`.
fn below(prefix: &str, mut request: Request<Body>) -> Request<Body> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = format!("{prefix}{path}").parse().ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_goes_below_a_prefix_with_its_query() {
        for (asked, sent) in [
            ("/api/v1/pods?watch=true&a=b", "/worlds/one/api/v1/pods?watch=true&a=b"),
            ("/apis", "/worlds/one/apis"),
            ("http://127.0.0.1:80/version", "http://127.0.0.1:80/worlds/one/version"),
        ] {
            let request = Request::get(asked).body(Body::empty()).unwrap();
            assert_eq!(below("/worlds/one", request).uri().to_string(), sent);
        }
    }
}
