//! Putting a lab's objects into a cluster, and taking them out again.

use std::collections::BTreeSet;
use std::time::Duration;

use http::Method;
use kube::Client;
use manifest::last_applied::recorded;
use manifest::{ObjectId, is_in_every_cluster};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::error::ClusterError;
use crate::ours::{
    LEARNER_ANNOTATION, Maker, Ours, Owner, PREFIX_ANNOTATION, delete_all, in_time, is_labelled, own_namespaces, survey,
};
use crate::progress::Progress;
use crate::request::send;
use crate::resource::path_of;
use crate::suited::suited;

/// How long a fresh namespace may take to become usable.
const FURNISHING: Duration = Duration::from_secs(20);

/// Puts a lab into the cluster: deletes what an earlier run left, creates the namespaces of `objects` and
/// everything in them. What somebody else has made is neither deleted nor filled: then nothing is changed.
///
/// # Errors
/// [`ClusterError::Foreign`] when an object or a namespace of these names is somebody else's; when the cluster
/// refuses an object, and when it cannot be reached.
pub async fn start_lab(
    client: &Client,
    maker: impl Into<Maker<'_>>,
    objects: &[Value],
    owner: Owner,
    on: impl FnMut(Progress),
) -> Result<(), ClusterError> {
    put(client, maker.into(), objects, owner, &mut Vec::new(), on).await
}

/// What [`start_lab`] would delete first: what an earlier run left, and cluster-wide policies of earlier labs. Nothing
/// is changed.
///
/// # Errors
/// As [`start_lab`].
pub async fn in_the_way(
    client: &Client,
    maker: impl Into<Maker<'_>>,
    objects: &[Value],
    owner: Owner,
) -> Result<Vec<ObjectId>, ClusterError> {
    let left = survey(client, objects, maker.into().learner, owner).await?;
    Ok(left.into_iter().map(|one| one.id).collect())
}

/// The same; `made` tells what was created that does not go with a namespace, and the namespaces, however far
/// it came.
pub(crate) async fn put(
    client: &Client,
    maker: Maker<'_>,
    objects: &[Value],
    owner: Owner,
    made: &mut Vec<Ours>,
    mut on: impl FnMut(Progress),
) -> Result<(), ClusterError> {
    let left = survey(client, objects, maker.learner, owner).await?;
    delete_all(client, &left, &mut on).await?;
    let (spaces, others): (Vec<_>, Vec<_>) = objects.iter().partition(|object| object["kind"] == "Namespace");
    let defined: BTreeSet<_> = spaces.iter().map(|space| ObjectId::of(space).name).collect();
    let implied: Vec<_> = own_namespaces(objects).into_iter().filter(|name| !defined.contains(name)).collect();
    let implied: Vec<_> = implied
        .into_iter()
        .map(|name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}))
        .collect();
    for object in spaces.into_iter().chain(&implied).chain(others) {
        let id = ObjectId::of(object);
        on(Progress::Creating(id.clone()));
        let created = create(client, maker, object, &id).await?;
        if let Some(created) = created.filter(|_| is_labelled(&id)) {
            let path = path_of(object);
            made.push(Ours::created(&id, &path, &created));
        }
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
    owner: Owner,
    mut on: impl FnMut(Progress),
) -> Result<(), ClusterError> {
    let left = survey(client, objects, None, owner).await?;
    delete_all(client, &left, &mut on).await
}

/// The object that the cluster made; `None` for a namespace that every cluster has, which stays as it is.
async fn create(
    client: &Client,
    maker: Maker<'_>,
    object: &Value,
    id: &ObjectId,
) -> Result<Option<Value>, ClusterError> {
    let path = path_of(object);
    let object = prepared(object, maker, id);
    let doing = format!("create {id}");
    let deadline = Instant::now() + FURNISHING;
    loop {
        let body = Some(("application/json", &object));
        let path = format!("{path}?fieldManager=lab-checker");
        match send(client, Method::POST, &path, body, &doing).await {
            // A fresh namespace has no default service account for a moment.
            Err(ClusterError::Refused { code: 403, message, .. }) if waits_for_account(&message) => {
                in_time(deadline, FURNISHING, || message).await?;
            }
            Err(error) if error.code() == Some(409) && id.kind == "Namespace" && is_in_every_cluster(&id.name) => {
                return Ok(None);
            }
            Err(error) if error.code() == Some(409) && is_labelled(id) => {
                return Err(ClusterError::Foreign { objects: vec![id.clone()] });
            }
            result => return result.map(Some),
        }
    }
}

/// Whether a pod is refused because the account that it runs as is not there yet. That who asks is a service account
/// without rights is another matter.
fn waits_for_account(message: &str) -> bool {
    message.contains("error looking up service account") || message.contains("no API token found for service account")
}

/// The object as it is sent: with our label when it does not go with a namespace, without a status, which only
/// clusters write, and with what `kubectl apply` notes down, so that a later one goes on from there. The label is none
/// of what a file says.
fn prepared(object: &Value, maker: Maker<'_>, id: &ObjectId) -> Value {
    let mut object = object.clone();
    let Some(fields) = object.as_object_mut() else { return object };
    fields.remove("status");
    let mut object = suited(recorded(&object));
    let Some(fields) = object.as_object_mut() else { return object };
    let metadata = fields.entry("metadata").or_insert_with(|| json!({}));
    if is_labelled(id) {
        metadata["labels"][manifest::OWN_LABEL] = maker.lab.into();
        if let Some(learner) = maker.learner {
            metadata["annotations"][LEARNER_ANNOTATION] = learner.into();
        }
        if let Some(prefix) = maker.prefix.filter(|_| id.kind == "Namespace") {
            metadata["annotations"][PREFIX_ANNOTATION] = prefix.into();
        }
    }
    object
}
