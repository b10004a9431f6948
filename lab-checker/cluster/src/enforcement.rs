//! Proof that a cluster enforces NetworkPolicies: two pods connect, a policy denies it, they do not connect,
//! the policy goes, and they connect again. All the while the pods must live: a connection to a dead pod
//! fails too, and proves nothing.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use http::Method;
use kube::Client;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::error::ClusterError;
use crate::exec::{Probe, probe};
use crate::lab::put;
use crate::life::Lives;
use crate::ours::{Ours, Owner, delete_all};
use crate::progress::Progress;
use crate::ready::wait_until_ready;
use crate::request::send;

const NAMESPACE: &str = "lab-checker-doctor";
const IMAGE: &str = "registry.k8s.io/e2e-test-images/agnhost:2.53";
const PORT: u16 = 8080;
/// So many attempts in a row must fail before a connection counts as denied: one may be lost by chance.
const DENIED_IN_A_ROW: usize = 2;

/// How long the experiment waits for what takes its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Until the two pods are ready.
    pub pods: Duration,
    /// Until each step shows what it must: plugins take a while to enforce a policy.
    pub step: Duration,
    /// Between two attempts.
    pub pause: Duration,
    /// One attempt to connect, in seconds.
    pub attempt: u8,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            pods: Duration::from_secs(120),
            step: Duration::from_secs(20),
            pause: Duration::from_millis(500),
            attempt: 2,
        }
    }
}

/// What the experiment showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A policy stopped a connection that worked before it came and after it went.
    Enforced(Blocked),
    /// The policy changed nothing.
    Ignored,
    /// Something else happened than policies explain, so nothing can be said.
    NotProved {
        /// At which step.
        step: Step,
        /// What happened.
        reason: String,
    },
}

/// What becomes of a connection that a policy blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocked {
    /// Nothing comes back.
    Dropped,
    /// The plugin answers in the place of the pod, with "connection refused" or "unreachable".
    Rejected,
}

/// The steps of the experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The two pods start.
    Start,
    /// They connect while there is no policy.
    Connects,
    /// They do not connect while a policy denies it.
    Denied,
    /// They connect again when the policy is gone.
    ConnectsAgain,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "the pods start",
            Self::Connects => "connects without a policy",
            Self::Denied => "is denied by the policy",
            Self::ConnectsAgain => "connects again without the policy",
        })
    }
}

/// Makes a namespace with two pods and does the experiment, connecting with whatever tool the pod has. What was
/// made is deleted at the end, whatever happens.
///
/// # Errors
/// When the cluster cannot be reached or refuses an object.
pub async fn prove_enforcement(
    client: &Client,
    patience: Patience,
    on: impl FnMut(Progress),
) -> Result<Proof, ClusterError> {
    let from = (NAMESPACE, "client");
    let attempt = async |address: IpAddr, port| probe(client, from, address, port, patience.attempt).await;
    prove_enforcement_by(client, patience, attempt, on).await
}

/// The same with another way to connect from the client's pod to an address and port.
///
/// # Errors
/// As [`prove_enforcement`].
pub async fn prove_enforcement_by(
    client: &Client,
    patience: Patience,
    attempt: impl AsyncFn(IpAddr, u16) -> Result<Probe, ClusterError>,
    mut on: impl FnMut(Progress),
) -> Result<Proof, ClusterError> {
    let objects = [pod("server", &["netexec", "--http-port=8080"]), pod("client", &["pause"])];
    let mut made = Vec::new();
    let proof = match put(client, "doctor", &objects, Owner::Somebody, &mut made, &mut on).await {
        Ok(()) => experiment(client, &objects, patience, attempt, &mut on).await,
        Err(error) => Err(error),
    };
    let removed = delete_all(client, &made, &mut on).await;
    let proof = proof?;
    match removed {
        // Somebody has put something else in its place.
        Ok(()) | Err(ClusterError::Foreign { .. }) => Ok(proof),
        Err(error) => Err(error),
    }
}

async fn experiment(
    client: &Client,
    objects: &[Value],
    patience: Patience,
    attempt: impl AsyncFn(IpAddr, u16) -> Result<Probe, ClusterError>,
    on: impl FnMut(Progress),
) -> Result<Proof, ClusterError> {
    match wait_until_ready(client, objects, patience.pods, on).await {
        Err(error @ ClusterError::Late { .. }) => return Ok(not_proved(Step::Start, error.to_string())),
        ready => ready?,
    }
    let lives = match Lives::of(client, NAMESPACE, &["server", "client"]).await? {
        Ok(lives) => lives,
        Err(reason) => return Ok(not_proved(Step::Start, reason)),
    };
    let Some(address) = lives.address("server") else {
        return Ok(not_proved(Step::Start, "pod server has no address".to_owned()));
    };
    let attempt = async || attempt(address, PORT).await;
    let trial = Trial { client, lives: &lives, patience, attempt: &attempt };
    trial.run().await
}

fn not_proved(step: Step, reason: String) -> Proof {
    Proof::NotProved { step, reason }
}

/// What one attempt came to, when the pods lived through it.
enum Seen {
    Connected,
    Blocked(Blocked),
}

struct Trial<'a, A> {
    client: &'a Client,
    lives: &'a Lives,
    patience: Patience,
    attempt: &'a A,
}

impl<A: AsyncFn() -> Result<Probe, ClusterError>> Trial<'_, A> {
    async fn run(&self) -> Result<Proof, ClusterError> {
        match self.until_connected(Step::Connects).await? {
            Ok(()) => {}
            Err(proof) => return Ok(proof),
        }
        let body = deny();
        let path = format!("/apis/networking.k8s.io/v1/namespaces/{NAMESPACE}/networkpolicies");
        let doing = "create a NetworkPolicy";
        let policy = send(self.client, Method::POST, &path, Some(("application/json", &body)), doing).await?;
        let policy = Ours::created(&manifest::ObjectId::of(&body), &path, &policy);
        let blocked = match self.until_blocked().await? {
            Ok(blocked) => blocked,
            Err(proof) => return Ok(proof),
        };
        delete_all(self.client, &[policy], &mut |_| {}).await?;
        Ok(match self.until_connected(Step::ConnectsAgain).await? {
            Ok(()) => Proof::Enforced(blocked),
            Err(proof) => proof,
        })
    }

    async fn until_connected(&self, step: Step) -> Result<Result<(), Proof>, ClusterError> {
        let deadline = Instant::now() + self.patience.step;
        loop {
            let last = match self.once(step).await? {
                Ok(Seen::Connected) => return Ok(Ok(())),
                Ok(Seen::Blocked(blocked)) => blocked,
                Err(proof) => return Ok(Err(proof)),
            };
            if Instant::now() >= deadline {
                let how = match last {
                    Blocked::Dropped => "nothing came back",
                    Blocked::Rejected => "the connection was refused",
                };
                let seconds = self.patience.step.as_secs();
                return Ok(Err(not_proved(step, format!("two pods did not connect within {seconds} seconds: {how}"))));
            }
            sleep(self.patience.pause).await;
        }
    }

    async fn until_blocked(&self) -> Result<Result<Blocked, Proof>, ClusterError> {
        let deadline = Instant::now() + self.patience.step;
        let mut in_a_row = 0;
        loop {
            match self.once(Step::Denied).await? {
                Ok(Seen::Connected) if Instant::now() >= deadline => return Ok(Err(Proof::Ignored)),
                Ok(Seen::Connected) => in_a_row = 0,
                Ok(Seen::Blocked(blocked)) => {
                    in_a_row += 1;
                    if in_a_row == DENIED_IN_A_ROW {
                        return Ok(Ok(blocked));
                    }
                }
                Err(proof) => return Ok(Err(proof)),
            }
            sleep(self.patience.pause).await;
        }
    }

    /// One attempt, and a look whether the pods lived through it.
    async fn once(&self, step: Step) -> Result<Result<Seen, Proof>, ClusterError> {
        let tried = (self.attempt)().await;
        if let Err(reason) = self.lives.go_on(self.client).await? {
            return Ok(Err(not_proved(step, reason)));
        }
        Ok(match tried? {
            Probe::Connected => Ok(Seen::Connected),
            Probe::TimedOut => Ok(Seen::Blocked(Blocked::Dropped)),
            Probe::Refused => Ok(Seen::Blocked(Blocked::Rejected)),
            Probe::NoTool => Err(not_proved(step, "pod client has no tool that can connect".to_owned())),
        })
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
