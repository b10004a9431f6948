//! Waiting until a lab's pods are ready.

use std::collections::BTreeSet;
use std::time::Duration;

use kube::Client;
use manifest::ObjectId;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::error::ClusterError;
use crate::ours::{in_time, own_namespaces};
use crate::progress::Progress;
use crate::read::list;
use crate::resource::known;

/// Waits until every pod in the objects' own namespaces is ready, or has finished; in namespaces that every
/// cluster has, the pods among the objects.
///
/// # Errors
/// When that takes longer than `limit`: the error names a pod and what it waits for.
pub async fn wait_until_ready(
    client: &Client,
    objects: &[Value],
    limit: Duration,
    mut on: impl FnMut(Progress),
) -> Result<(), ClusterError> {
    let deadline = Instant::now() + limit;
    let mut shown = None;
    loop {
        let listed = timeout_at(deadline, pods_of(client, objects)).await;
        let pods = listed.map_err(|_| late(limit, "the cluster did not list its pods".to_owned()))??;
        let mut waiting = None;
        let mut ready = 0;
        for pod in &pods {
            match waits_for(pod) {
                None => ready += 1,
                Some(reason) => {
                    let id = ObjectId::of(pod);
                    let namespace = id.namespace.unwrap_or_default();
                    waiting = Some(format!("pod {namespace}/{} is not ready: {reason}", id.name));
                }
            }
        }
        if shown != Some((ready, pods.len())) {
            on(Progress::Starting { ready, pods: pods.len() });
            shown = Some((ready, pods.len()));
        }
        match waiting {
            None => return Ok(()),
            Some(what) => in_time(deadline, limit, || what).await?,
        }
    }
}

async fn pods_of(client: &Client, objects: &[Value]) -> Result<Vec<Value>, ClusterError> {
    let mut pods = Vec::new();
    for namespace in own_namespaces(objects) {
        pods.extend(list(client, known("Pod"), Some(&namespace)).await?);
    }
    let among_others = objects.iter().map(ObjectId::of).filter(|id| id.kind == "Pod" && id.is_among_others());
    let named: BTreeSet<ObjectId> = among_others.collect();
    let shared: BTreeSet<&String> = named.iter().filter_map(|id| id.namespace.as_ref()).collect();
    for namespace in shared {
        let all = list(client, known("Pod"), Some(namespace)).await?;
        pods.extend(all.into_iter().filter(|pod| named.contains(&ObjectId::of(pod))));
    }
    Ok(pods)
}

fn late(limit: Duration, what: String) -> ClusterError {
    ClusterError::Late { what, seconds: limit.as_secs() }
}

/// What a pod waits for; nothing when it is ready or finished.
fn waits_for(pod: &Value) -> Option<String> {
    let status = &pod["status"];
    let phase = status["phase"].as_str().unwrap_or("Pending");
    if matches!(phase, "Succeeded" | "Failed") || is_ready(pod) {
        return None;
    }
    let containers = status["containerStatuses"].as_array().into_iter().flatten();
    let mut reasons = containers.filter_map(|container| container["state"]["waiting"]["reason"].as_str());
    Some(reasons.next().unwrap_or(phase).to_owned())
}

/// Whether a pod says that it is ready.
pub(crate) fn is_ready(pod: &Value) -> bool {
    let mut conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    conditions.any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}
