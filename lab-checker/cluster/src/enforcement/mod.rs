//! Proof that a cluster enforces NetworkPolicies, by experiments with two pods: they connect, a policy denies it, they
//! do not connect, the policy goes, and they connect again. Each is about one thing that policies can say; what was not
//! tried is told as that.

mod objects;
mod outcome;
mod trial;

use std::net::IpAddr;

use kube::Client;

use self::objects::{LABEL, NAMESPACE, pods};
pub use self::outcome::{Aspect, Blocked, Experiments, Patience, Proof, Step, Tried};
use self::trial::{NoPolicy, Trial};
use crate::error::ClusterError;
use crate::exec::{Probe, probe};
use crate::lab::put;
use crate::life::Lives;
use crate::ours::{Maker, Ours, Owner, Whose, delete_all, whose};
use crate::progress::Progress;
use crate::read::tolerant;
use crate::ready::wait_until_ready;
use crate::request::get;
use crate::resource::known;
use crate::target::Target;

/// In this order they are done.
const ASPECTS: [Aspect; 7] = [
    Aspect::IngressTcp,
    Aspect::EgressTcp,
    Aspect::IngressUdp,
    Aspect::EgressUdp,
    Aspect::EndPort,
    Aspect::ClusterPolicy,
    Aspect::Ipv6,
];

/// Makes a namespace with two pods and does the experiments, connecting with whatever tool the pod has. What was
/// made is deleted at the end, whatever happens.
///
/// # Errors
/// When the cluster cannot be reached or refuses an object.
pub async fn prove_enforcement(
    client: &Client,
    patience: Patience,
    on: impl FnMut(Progress),
) -> Result<Experiments, ClusterError> {
    let from = (NAMESPACE, "client");
    let attempt = async |target: Target| probe(client, from, target, patience.attempt).await;
    prove_enforcement_by(client, patience, attempt, on).await
}

/// The same with another way to connect from the client's pod.
///
/// # Errors
/// As [`prove_enforcement`].
pub async fn prove_enforcement_by(
    client: &Client,
    patience: Patience,
    attempt: impl AsyncFn(Target) -> Result<Probe, ClusterError>,
    mut on: impl FnMut(Progress),
) -> Result<Experiments, ClusterError> {
    let mut made = Vec::new();
    let shown = match put(client, Maker::from(LABEL), &pods(), Owner::Somebody, &mut made, &mut on).await {
        Ok(()) => experiments(client, patience, attempt, &mut made, &mut on).await,
        Err(error) => Err(error),
    };
    let removed = delete_all(client, &made, &mut on).await;
    let shown = shown?;
    match removed {
        // Somebody has put something else in its place.
        Ok(()) | Err(ClusterError::Foreign { .. }) => Ok(shown),
        Err(error) => Err(error),
    }
}

/// Takes away what experiments that were interrupted have left, and nothing else.
///
/// # Errors
/// When the cluster cannot be reached or refuses.
pub async fn remove_experiments(client: &Client, mut on: impl FnMut(Progress)) -> Result<(), ClusterError> {
    let mut left = Vec::new();
    let paths = [
        format!("/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies/{NAMESPACE}"),
        format!("/api/v1/namespaces/{NAMESPACE}"),
    ];
    for path in paths {
        match get(client, &path, "look for what is left of the experiments").await {
            Ok(Some(found)) if whose(&found, None) == Whose::Ours => left.push(Ours::found(path, &found)),
            // Where such policies may not be looked at, none was made.
            Ok(_) | Err(ClusterError::Refused { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    delete_all(client, &left, &mut on).await
}

async fn experiments(
    client: &Client,
    patience: Patience,
    attempt: impl AsyncFn(Target) -> Result<Probe, ClusterError>,
    made: &mut Vec<Ours>,
    mut on: impl FnMut(Progress),
) -> Result<Experiments, ClusterError> {
    match wait_until_ready(client, &pods(), patience.pods, &mut on).await {
        Err(error @ ClusterError::Late { .. }) => return Ok(not_begun(error.to_string())),
        ready => ready?,
    }
    let lives = match Lives::of(client, NAMESPACE, &["server", "client"]).await? {
        Ok(lives) => lives,
        Err(reason) => return Ok(not_begun(reason)),
    };
    let addresses = lives.addresses("server");
    let Some(first) = addresses.first().copied() else {
        return Ok(not_begun("pod server has no address".to_owned()));
    };
    let mut shown = Experiments::default();
    for aspect in ASPECTS {
        if let Some(why) = why_not(client, aspect, &addresses, &shown).await? {
            shown.not_tried.push((aspect, why));
            continue;
        }
        on(Progress::Trying(aspect.to_string()));
        let other = addresses.iter().find(|address| address.is_ipv6()).copied();
        let address = if aspect == Aspect::Ipv6 { other.unwrap_or(first) } else { first };
        let target = |(port, transport)| Target { address, port, transport };
        let (closed, open) = (target(aspect.closed()), aspect.open().map(target));
        let trial = Trial { client, lives: &lives, patience, attempt: &attempt, aspect, closed, open };
        match trial.run(made).await? {
            Ok(tried) => shown.tried.push(tried),
            Err(NoPolicy(why)) => shown.not_tried.push((aspect, why)),
        }
        remove_policies(client, made).await?;
    }
    Ok(shown)
}

/// Takes away the policy of an experiment that ended early: the next one begins without.
async fn remove_policies(client: &Client, made: &mut Vec<Ours>) -> Result<(), ClusterError> {
    let (policies, others): (Vec<_>, Vec<_>) = made.drain(..).partition(|one| one.id.kind.ends_with("NetworkPolicy"));
    *made = others;
    delete_all(client, &policies, &mut |_| {}).await
}

/// Why an experiment is not worth its time, or cannot be done.
async fn why_not(
    client: &Client,
    aspect: Aspect,
    addresses: &[IpAddr],
    so_far: &Experiments,
) -> Result<Option<String>, ClusterError> {
    if let Some(tried) = so_far.tried.iter().find(|tried| matches!(tried.proof, Proof::NotProved { .. }))
        && (tried.aspect == Aspect::IngressTcp || !tried.is_apart())
    {
        return Ok(Some(format!("\"{}\" could not be proved", tried.aspect)));
    }
    if so_far.tried.len() >= 2 && so_far.tried.iter().all(|tried| tried.proof == Proof::Ignored) {
        return Ok(Some("policies were ignored before".to_owned()));
    }
    Ok(match aspect {
        Aspect::Ipv6 if addresses.iter().all(IpAddr::is_ipv6) => Some("everything above went over IPv6".to_owned()),
        Aspect::Ipv6 if addresses.iter().all(IpAddr::is_ipv4) => Some("pods have no IPv6 address".to_owned()),
        Aspect::ClusterPolicy => without_cluster_policies(client).await?,
        _ => None,
    })
}

/// Why there can be no ClusterNetworkPolicy; nothing when it can be tried.
async fn without_cluster_policies(client: &Client) -> Result<Option<String>, ClusterError> {
    let path = "/apis/policy.networking.k8s.io/v1alpha2/clusternetworkpolicies?limit=1";
    match get(client, path, "look for ClusterNetworkPolicies").await {
        // Who may not look may be let make one.
        Ok(Some(_)) | Err(ClusterError::Refused { code: 403, .. }) => return Ok(None),
        Ok(None) => {}
        Err(ClusterError::Refused { message, .. }) => return Ok(Some(message)),
        Err(error) => return Err(error),
    }
    // Perhaps it is about to be served.
    let (_, unread) = tolerant(client, known("ClusterNetworkPolicy"), None).await?;
    if unread.is_none() && get(client, path, "look for ClusterNetworkPolicies").await?.is_some() {
        return Ok(None);
    }
    let not_served = || "the cluster does not serve policy.networking.k8s.io/v1alpha2".to_owned();
    Ok(Some(unread.map_or_else(not_served, |unread| unread.message)))
}

/// The pods never came to connect.
fn not_begun(reason: String) -> Experiments {
    let proof = Proof::NotProved { step: Step::Start, reason };
    let not_tried = ASPECTS[1..].iter().map(|aspect| (*aspect, "the pods did not start".to_owned()));
    Experiments { tried: vec![Tried { aspect: Aspect::IngressTcp, proof, took: None }], not_tried: not_tried.collect() }
}
