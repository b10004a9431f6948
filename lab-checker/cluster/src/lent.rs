//! A tool for a pod that has none: an ephemeral container with the program of Kubernetes' own network tests. It shares
//! the pod's network, and nothing else of it. A pod keeps such a container until it is gone itself; ours ends after a while.

use std::time::Duration;

use http::Method;
use kube::Client;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::error::ClusterError;
use crate::moment::a_moment;
use crate::request::send;

/// What is lent.
const IMAGE: &str = "registry.k8s.io/e2e-test-images/agnhost:2.53";
/// The container is called so, and has a number when it is not the first.
const NAME: &str = "lab-checker-probe";
/// When it ends by itself, in seconds.
const ENDS_AFTER: &str = "3600";
/// How long the image may take to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// Puts a tool into a pod, or finds the one that is there, and gives the name of its container once it runs.
///
/// # Errors
/// When the cluster refuses, and when the container does not run in time: the error says what it waits for.
pub async fn lend_tool(client: &Client, namespace: &str, pod: &str) -> Result<String, ClusterError> {
    let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}");
    let look = format!("look at pod {namespace}/{pod}");
    let found = send(client, Method::GET, &path, None, &look).await?;
    let name = match usable(&found) {
        Some(name) => name,
        None => {
            let name = next_name(&found);
            let body = json!({"spec": {"ephemeralContainers": [container(&name)]}});
            let doing = format!("put an ephemeral container into pod {namespace}/{pod}");
            let body = Some(("application/strategic-merge-patch+json", &body));
            send(client, Method::PATCH, &format!("{path}/ephemeralcontainers"), body, &doing).await?;
            name
        }
    };
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = send(client, Method::GET, &path, None, &look).await?;
        let state = state(&found, &name);
        if state["running"].is_object() {
            return Ok(name);
        }
        if state["terminated"].is_object() || Instant::now() >= deadline {
            let why = reason(&state);
            let what = format!("the container {name} in pod {namespace}/{pod} did not run{why}");
            return Err(ClusterError::Late { what, seconds: PATIENCE.as_secs() });
        }
        a_moment().await;
    }
}

/// One of ours that runs, or is about to.
fn usable(pod: &Value) -> Option<String> {
    ours(pod).find(|name| !state(pod, name)["terminated"].is_object()).map(str::to_owned)
}

fn ours(pod: &Value) -> impl Iterator<Item = &str> {
    let lent = pod["spec"]["ephemeralContainers"].as_array().into_iter().flatten();
    lent.filter_map(|one| one["name"].as_str()).filter(|name| name.starts_with(NAME))
}

/// A container cannot be taken away, nor its name used again.
fn next_name(pod: &Value) -> String {
    match ours(pod).count() {
        0 => NAME.to_owned(),
        before => format!("{NAME}-{}", before + 1),
    }
}

fn state(pod: &Value, name: &str) -> Value {
    let mut statuses = pod["status"]["ephemeralContainerStatuses"].as_array().into_iter().flatten();
    statuses.find(|status| status["name"] == name).map(|status| status["state"].clone()).unwrap_or_default()
}

fn reason(state: &Value) -> String {
    let told = [&state["waiting"], &state["terminated"]].into_iter().find(|told| told.is_object());
    let word = |field: &str| told.and_then(|told| told[field].as_str()).unwrap_or_default();
    match (word("reason"), word("message")) {
        ("", _) => String::new(),
        (reason, "") => format!(" ({reason})"),
        (reason, message) => format!(" ({reason}: {message})"),
    }
}

/// It may run where Pod Security is `restricted`, whatever the pod says of users.
fn container(name: &str) -> Value {
    json!({
        "name": name, "image": IMAGE, "command": ["sleep", ENDS_AFTER],
        "securityContext": {
            "runAsNonRoot": true, "runAsUser": 65534, "allowPrivilegeEscalation": false,
            "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"},
        },
    })
}
