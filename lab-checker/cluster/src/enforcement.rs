//! Proof that a cluster enforces NetworkPolicies: two pods, a connection, a policy, and the same
//! connection again.

use std::net::IpAddr;
use std::time::Duration;

use http::Method;
use kube::Client;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::error::ClusterError;
use crate::exec::{Probe, probe};
use crate::lab::{Progress, remove_lab, start_lab, wait_until_ready};
use crate::request::{get, send};

const NAMESPACE: &str = "lab-checker-doctor";
const IMAGE: &str = "registry.k8s.io/e2e-test-images/agnhost:2.53";
const PORT: u16 = 8080;
/// How long one attempt may take.
const PATIENCE: u8 = 2;
/// How long the plugin may take to enforce a fresh policy.
const ENFORCED_WITHIN: Duration = Duration::from_secs(20);

/// What the experiment showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The policy blocked what was open before.
    Enforced,
    /// The policy changed nothing.
    Ignored,
    /// The pods could not talk even without a policy, so nothing can be said.
    NeverConnected(Probe),
}

/// Makes a namespace with two pods, tries to connect, denies it with a policy, and tries again. The
/// namespace is deleted at the end, whatever happens.
///
/// # Errors
/// When the cluster cannot be reached, refuses an object, or the pods do not start within `limit`.
pub async fn prove_enforcement(
    client: &Client,
    limit: Duration,
    mut on: impl FnMut(Progress),
) -> Result<Proof, ClusterError> {
    let objects = [pod("server", &["netexec", "--http-port=8080"]), pod("client", &["pause"])];
    start_lab(client, "doctor", &objects, false, &mut on).await?;
    let proof = experiment(client, &objects, limit, &mut on).await;
    let removed = remove_lab(client, &objects, false, on).await;
    let proof = proof?;
    removed?;
    Ok(proof)
}

async fn experiment(
    client: &Client,
    objects: &[Value],
    limit: Duration,
    on: impl FnMut(Progress),
) -> Result<Proof, ClusterError> {
    wait_until_ready(client, objects, limit, on).await?;
    let path = format!("/api/v1/namespaces/{NAMESPACE}/pods/server");
    let server = get(client, &path, "read the server's address").await?.unwrap_or_default();
    let Some(address) = server["status"]["podIP"].as_str().and_then(|text| text.parse::<IpAddr>().ok()) else {
        return Err(ClusterError::Late { what: "the server got no address".to_owned(), seconds: limit.as_secs() });
    };
    let attempt = || probe(client, (NAMESPACE, "client"), address, PORT, PATIENCE);
    let before = attempt().await?;
    if before != Probe::Connected {
        return Ok(Proof::NeverConnected(before));
    }
    let policies = format!("/apis/networking.k8s.io/v1/namespaces/{NAMESPACE}/networkpolicies");
    let body = deny();
    send(client, Method::POST, &policies, Some(("application/json", &body)), "create a NetworkPolicy").await?;
    let deadline = Instant::now() + ENFORCED_WITHIN;
    loop {
        if attempt().await? == Probe::TimedOut {
            return Ok(Proof::Enforced);
        }
        if Instant::now() >= deadline {
            return Ok(Proof::Ignored);
        }
        sleep(Duration::from_millis(500)).await;
    }
}

fn pod(name: &str, arguments: &[&str]) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": name}},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": name, "image": IMAGE, "args": arguments}],
        },
    })
}

fn deny() -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "deny", "namespace": NAMESPACE},
        "spec": {"podSelector": {"matchLabels": {"app": "server"}}, "policyTypes": ["Ingress"]},
    })
}
