//! Putting a lab's objects into a cluster, and taking them out again.

use std::collections::BTreeSet;
use std::time::Duration;

use http::Method;
use kube::Client;
use manifest::ObjectId;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout_at};

use crate::error::ClusterError;
use crate::read::list;
use crate::request::{delete, get, send};
use crate::resource::{self, ALL, Resource};

/// The annotation on everything outside namespaces that a lab has made: what carries it may be
/// deleted when a lab starts anew.
const OURS: &str = "lab-checker/lab";

/// How long a namespace may take to go away.
const DELETION: Duration = Duration::from_secs(120);
/// How long a fresh namespace may take to become usable.
const FURNISHING: Duration = Duration::from_secs(20);
/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(250);

/// What is being done, for a progress line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A namespace of an earlier run is being deleted.
    Deleting(String),
    /// An object is being created.
    Creating(ObjectId),
    /// Pods are starting.
    Starting {
        /// Pods that are ready.
        ready: usize,
        /// All pods.
        pods: usize,
    },
}

/// Puts a lab into the cluster: deletes what an earlier run left, creates the namespaces of
/// `objects` and everything in them. Only namespaces that a lab has made are deleted, or any when
/// `practice` says that the cluster is for nothing else.
///
/// # Errors
/// When a namespace belongs to somebody else, when the cluster refuses an object, and when it cannot
/// be reached.
pub async fn start_lab(
    client: &Client,
    lab: &str,
    objects: &[Value],
    practice: bool,
    mut on: impl FnMut(Progress),
) -> Result<(), ClusterError> {
    let namespaces = namespaces(objects);
    for name in &namespaces {
        claim(client, name, practice).await?;
    }
    sweep(client, objects, &namespaces, practice, &mut on).await?;
    let (spaces, others): (Vec<_>, Vec<_>) = objects.iter().partition(|object| object["kind"] == "Namespace");
    let defined: BTreeSet<_> = spaces.iter().map(|space| ObjectId::of(space).name).collect();
    let implied: Vec<_> = namespaces.iter().filter(|name| !defined.contains(*name) && !is_standard(name)).collect();
    let implied: Vec<_> = implied
        .into_iter()
        .map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}))
        .collect();
    for object in spaces.into_iter().chain(&implied).chain(others) {
        let id = ObjectId::of(object);
        on(Progress::Creating(id.clone()));
        create(client, lab, object, &id).await?;
    }
    Ok(())
}

/// Takes a lab out of the cluster: deletes its namespaces and what it made outside of them.
///
/// # Errors
/// As [`start_lab`].
pub async fn remove_lab(
    client: &Client,
    objects: &[Value],
    practice: bool,
    mut on: impl FnMut(Progress),
) -> Result<(), ClusterError> {
    let namespaces = namespaces(objects);
    for name in &namespaces {
        claim(client, name, practice).await?;
    }
    sweep(client, objects, &namespaces, practice, &mut on).await
}

/// Every namespace that the objects define or stand in.
fn namespaces(objects: &[Value]) -> BTreeSet<String> {
    let ids = objects.iter().map(ObjectId::of);
    ids.filter_map(|id| if id.kind == "Namespace" { Some(id.name) } else { id.namespace }).collect()
}

/// Namespaces that every cluster has: objects may go there, the namespaces themselves stay.
fn is_standard(name: &str) -> bool {
    name == "default" || name.starts_with("kube-")
}

fn namespace() -> &'static Resource {
    &ALL[0]
}

/// Makes sure that a namespace may be deleted.
async fn claim(client: &Client, name: &str, practice: bool) -> Result<(), ClusterError> {
    if practice || is_standard(name) {
        return Ok(());
    }
    let path = namespace().object_path(None, name);
    match get(client, &path, "read namespaces").await? {
        Some(found) if found["metadata"]["annotations"][OURS].is_null() => {
            Err(ClusterError::ForeignNamespace { name: name.to_owned() })
        }
        _ => Ok(()),
    }
}

/// Deletes what an earlier run has left: the lab's namespaces, its objects in standard namespaces,
/// and cluster-wide policies.
async fn sweep(
    client: &Client,
    objects: &[Value],
    namespaces: &BTreeSet<String>,
    practice: bool,
    on: &mut impl FnMut(Progress),
) -> Result<(), ClusterError> {
    sweep_policies(client, practice).await?;
    for object in objects.iter().filter(|object| object["kind"] != "Namespace") {
        let (path, namespace, name) = resource::of(object);
        if namespace.is_none_or(|namespace| is_standard(&namespace)) {
            delete(client, &format!("{path}/{name}"), "delete what an earlier run has left").await?;
        }
    }
    let own: Vec<_> = namespaces.iter().filter(|name| !is_standard(name)).collect();
    let mut going = Vec::new();
    for name in own {
        let path = namespace().object_path(None, name);
        if get(client, &path, "read namespaces").await?.is_some() {
            on(Progress::Deleting(name.clone()));
            delete(client, &path, "delete namespaces").await?;
            going.push(path);
        }
    }
    let deadline = Instant::now() + DELETION;
    for path in going {
        while get(client, &path, "read namespaces").await?.is_some() {
            let name = path.rsplit('/').next().unwrap_or_default();
            in_time(deadline, DELETION, || format!("the namespace `{name}` was not deleted")).await?;
        }
    }
    Ok(())
}

/// Cluster-wide policies would reach into the lab: those of earlier labs go, and on a practice cluster
/// those of the learner too.
async fn sweep_policies(client: &Client, practice: bool) -> Result<(), ClusterError> {
    for resource in ALL.iter().filter(|resource| resource.kind == "ClusterNetworkPolicy") {
        let policies = match list(client, resource, None).await {
            Err(ClusterError::Refused { code: 403 | 404, .. }) => continue,
            policies => policies?,
        };
        for policy in policies.iter().filter(|policy| practice || !policy["metadata"]["annotations"][OURS].is_null()) {
            let path = resource.object_path(None, &ObjectId::of(policy).name);
            delete(client, &path, "delete policies of earlier labs").await?;
        }
    }
    Ok(())
}

/// Waits a little, or says that it is too late.
async fn in_time(deadline: Instant, limit: Duration, what: impl FnOnce() -> String) -> Result<(), ClusterError> {
    if Instant::now() >= deadline {
        return Err(ClusterError::Late { what: what(), seconds: limit.as_secs() });
    }
    sleep(PAUSE).await;
    Ok(())
}

async fn create(client: &Client, lab: &str, object: &Value, id: &ObjectId) -> Result<(), ClusterError> {
    let (path, ..) = resource::of(object);
    let object = prepared(object, lab, id);
    let doing = format!("create {id}");
    let deadline = Instant::now() + FURNISHING;
    loop {
        let body = Some(("application/json", &object));
        let path = format!("{path}?fieldManager=lab-checker");
        match send(client, Method::POST, &path, body, &doing).await {
            // A fresh namespace has no default service account for a moment.
            Err(ClusterError::Refused { code: 403, message, .. }) if message.contains("serviceaccount") => {
                in_time(deadline, FURNISHING, || message).await?;
            }
            // Namespaces that every cluster has are there already.
            Err(error) if error.code() == Some(409) && id.kind == "Namespace" && is_standard(&id.name) => return Ok(()),
            result => return result.map(drop),
        }
    }
}

/// The object as it is sent: marked when it stands outside namespaces, and without a status, which
/// only clusters write.
fn prepared(object: &Value, lab: &str, id: &ObjectId) -> Value {
    let mut object = object.clone();
    let Some(fields) = object.as_object_mut() else { return object };
    fields.remove("status");
    let metadata = fields.entry("metadata").or_insert_with(|| json!({}));
    if id.namespace.is_none() {
        metadata["annotations"][OURS] = lab.into();
    }
    object
}

/// Waits until every pod in these namespaces is ready, or has finished.
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
    let pods = ALL.iter().find(|resource| resource.kind == "Pod").expect("pods are in the table");
    let mut shown = None;
    loop {
        let mut waiting = None;
        let (mut ready, mut all) = (0, 0);
        for namespace in namespaces(objects).iter().filter(|name| !name.starts_with("kube-")) {
            let listed = timeout_at(deadline, list(client, pods, Some(namespace))).await;
            let listed = listed.map_err(|_| late(limit, "the cluster did not list its pods".to_owned()))??;
            for pod in &listed {
                all += 1;
                match waits_for(pod) {
                    None => ready += 1,
                    Some(reason) => {
                        waiting = Some(format!("pod {namespace}/{} is not ready: {reason}", ObjectId::of(pod).name))
                    }
                }
            }
        }
        if shown != Some((ready, all)) {
            on(Progress::Starting { ready, pods: all });
            shown = Some((ready, all));
        }
        match waiting {
            None => return Ok(()),
            Some(what) => in_time(deadline, limit, || what).await?,
        }
    }
}

fn late(limit: Duration, what: String) -> ClusterError {
    ClusterError::Late { what, seconds: limit.as_secs() }
}

/// What a pod waits for; nothing when it is ready or finished.
fn waits_for(pod: &Value) -> Option<String> {
    let status = &pod["status"];
    let phase = status["phase"].as_str().unwrap_or("Pending");
    let conditions = status["conditions"].as_array().into_iter().flatten();
    let mut ready = conditions.filter(|condition| condition["type"] == "Ready");
    if matches!(phase, "Succeeded" | "Failed") || ready.any(|condition| condition["status"] == "True") {
        return None;
    }
    let containers = status["containerStatuses"].as_array().into_iter().flatten();
    let mut reasons = containers.filter_map(|container| container["state"]["waiting"]["reason"].as_str());
    Some(reasons.next().unwrap_or(phase).to_owned())
}
