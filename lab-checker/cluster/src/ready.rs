//! Waiting until a lab's pods are ready.

use std::collections::BTreeSet;
use std::time::Duration;

use kube::Client;
use manifest::ObjectId;
use manifest::kinds::{self, Kind};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::error::ClusterError;
use crate::events;
use crate::moment::a_moment;
use crate::ours::own_namespaces;
use crate::progress::Progress;
use crate::read::list;
use crate::request::get;
use crate::resource::{known, path_of};

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
    // What was waited for, should the time end in the middle of the next look.
    let mut last: Option<Waiting> = None;
    loop {
        let Ok(listed) = timeout_at(deadline, pods_of(client, objects)).await else {
            return Err(late(client, limit, last).await);
        };
        let pods = listed?;
        let mut waiting = None;
        let mut ready = 0;
        for pod in &pods {
            match waits_for(pod) {
                None => ready += 1,
                Some(reason) => {
                    let id = ObjectId::of(pod);
                    let words = format!(
                        "pod {}/{} is not ready: {reason}",
                        id.namespace.as_deref().unwrap_or_default(),
                        id.name
                    );
                    waiting = Some(Waiting { id, words });
                }
            }
        }
        if waiting.is_none() {
            waiting = without_pods(client, objects).await?;
        }
        if shown != Some((ready, pods.len())) {
            on(Progress::Starting { ready, pods: pods.len() });
            shown = Some((ready, pods.len()));
        }
        match waiting {
            None => return Ok(()),
            Some(waiting) if Instant::now() >= deadline => return Err(late(client, limit, Some(waiting)).await),
            Some(waiting) => {
                last = Some(waiting);
                a_moment().await;
            }
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

/// What is not ready, and why as far as it says so itself.
struct Waiting {
    id: ObjectId,
    words: String,
}

/// What was waited for when the time ended, with what the cluster's events say about it.
async fn late(client: &Client, limit: Duration, waiting: Option<Waiting>) -> ClusterError {
    let what = match waiting {
        None => "the cluster did not list its pods".to_owned(),
        Some(Waiting { id, words }) => match events::warning(client, &id).await {
            Some(said) if !words.contains(&said) => format!("{words}; {said}"),
            _ => words,
        },
    };
    ClusterError::Late { what, seconds: limit.as_secs() }
}

/// A workload among the objects that does not have its pods yet, and what keeps them away: a quota, Pod Security, an
/// admission webhook. Nothing when all have theirs.
async fn without_pods(client: &Client, objects: &[Value]) -> Result<Option<Waiting>, ClusterError> {
    for object in objects.iter().filter(|object| kinds::of(object).is_some_and(Kind::is_workload)) {
        let id = ObjectId::of(object);
        let path = format!("{}/{}", path_of(object), id.name);
        let Some(found) = get(client, &path, &format!("look at {id}")).await? else { continue };
        let status = &found["status"];
        let (wanted, ready) = (found["spec"]["replicas"].as_u64(), status["readyReplicas"].as_u64());
        let (wanted, ready) = (wanted.unwrap_or_default(), ready.unwrap_or_default());
        if ready < wanted {
            let failure = condition(status, "ReplicaFailure", "True");
            let why = failure.map(|failure| format!(": {failure}")).unwrap_or_default();
            let words = format!("{id} has {ready} of {wanted} pods ready{why}");
            return Ok(Some(Waiting { id, words }));
        }
    }
    Ok(None)
}

/// What a pod waits for; nothing when it is ready or finished.
fn waits_for(pod: &Value) -> Option<String> {
    let status = &pod["status"];
    let phase = status["phase"].as_str().unwrap_or("Pending");
    // In place of one that a workload has made comes another.
    let replaced = pod["metadata"]["ownerReferences"].as_array().is_some_and(|owners| !owners.is_empty());
    if phase == "Succeeded" || phase == "Failed" && replaced || is_ready(pod) {
        return None;
    }
    if phase == "Failed" {
        let why = in_words(status).map(|why| format!(", {why}")).unwrap_or_default();
        return Some(format!("it has failed{why}"));
    }
    let lists = [&status["initContainerStatuses"], &status["containerStatuses"]];
    let containers = lists.into_iter().flat_map(|list| list.as_array().into_iter().flatten());
    let states = containers.flat_map(|one| [&one["state"]["waiting"], &one["state"]["terminated"]]);
    let mut reasons = states.filter(|state| !ends_well(state)).filter_map(in_words);
    let unschedulable = || condition(status, "PodScheduled", "False");
    Some(reasons.next().or_else(unschedulable).unwrap_or_else(|| phase.to_owned()))
}

/// Whether an init container ended as it should.
fn ends_well(state: &Value) -> bool {
    state["exitCode"] == 0
}

/// A reason with its message.
fn in_words(state: &Value) -> Option<String> {
    let reason = state["reason"].as_str()?;
    let message = state["message"].as_str().map(str::trim).filter(|message| !message.is_empty());
    Some(message.map_or_else(|| reason.to_owned(), |message| format!("{reason}: {message}")))
}

/// What a condition says, when it stands as it should not.
fn condition(status: &Value, name: &str, wrong: &str) -> Option<String> {
    let mut conditions = status["conditions"].as_array().into_iter().flatten();
    in_words(conditions.find(|condition| condition["type"] == name && condition["status"] == wrong)?)
}

/// Whether a pod says that it is ready.
pub(crate) fn is_ready(pod: &Value) -> bool {
    let mut conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    conditions.any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}
