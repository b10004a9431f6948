//! What in a cluster is ours. On a cluster that is not for practice alone, nothing is deleted but what
//! carries our label, and even that only while it is the very object that was looked at.

use std::collections::BTreeSet;
use std::time::Duration;

use http::Method;
use kube::Client;
use manifest::{ObjectId, is_in_every_cluster};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::error::ClusterError;
use crate::progress::Progress;
use crate::read::list;
use crate::request::{get, send};
use crate::resource::{known, path, path_of};

/// How long an object may take to go away.
const DELETION: Duration = Duration::from_secs(120);
/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(250);

/// Whose objects a cluster holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Nobody's: it is a practice cluster, and what stands in the way of a lab may go.
    Practice,
    /// Somebody's: only what we have made may go.
    Somebody,
}

/// An object that is there, and that is ours to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ours {
    pub(crate) id: ObjectId,
    path: String,
    uid: String,
}

impl Ours {
    /// The object that the cluster answered with when it was created.
    pub(crate) fn created(id: &ObjectId, path: &str, object: &Value) -> Self {
        Self { id: id.clone(), path: format!("{path}/{}", id.name), uid: uid(object) }
    }
}

/// Whether an object of a lab needs our label: it does not go with a namespace of the lab's own.
pub(crate) fn is_labelled(id: &ObjectId) -> bool {
    id.kind == "Namespace" || id.is_among_others()
}

/// Every namespace of their own that the objects define or stand in.
pub(crate) fn own_namespaces(objects: &[Value]) -> BTreeSet<String> {
    let ids = objects.iter().map(ObjectId::of);
    let names = ids.filter_map(|id| if id.kind == "Namespace" { Some(id.name) } else { id.namespace });
    names.filter(|name| !is_in_every_cluster(name)).collect()
}

/// What is there already under the names of these objects and their namespaces, and of cluster-wide policies of
/// earlier labs. Nothing is changed.
///
/// # Errors
/// When some of it is not ours: the error names all of that.
pub(crate) async fn survey(client: &Client, objects: &[Value], owner: Owner) -> Result<Vec<Ours>, ClusterError> {
    let mut ours = Vec::new();
    let mut foreign = Vec::new();
    for (id, path) in wanted(objects) {
        let Some(found) = get(client, &path, &format!("look for {id}")).await? else { continue };
        if owner == Owner::Practice || is_ours(&found) {
            ours.push(Ours { id, path, uid: uid(&found) });
        } else {
            foreign.push(id);
        }
    }
    if !foreign.is_empty() {
        return Err(ClusterError::Foreign { objects: foreign });
    }
    for policy in earlier_policies(client, owner).await? {
        if !ours.iter().any(|known| known.path == policy.path) {
            ours.push(policy);
        }
    }
    Ok(ours)
}

/// The objects that would not come and go with a namespace, and the namespaces; with their paths.
fn wanted(objects: &[Value]) -> Vec<(ObjectId, String)> {
    let namespaces = own_namespaces(objects).into_iter().map(|name| {
        let path = format!("{}/{name}", path(known("Namespace"), None));
        (ObjectId { group: String::new(), kind: "Namespace".to_owned(), namespace: None, name }, path)
    });
    let others = objects.iter().filter(|object| object["kind"] != "Namespace").filter_map(|object| {
        let id = ObjectId::of(object);
        let path = path_of(object);
        id.is_among_others().then(|| (id.clone(), format!("{path}/{}", id.name)))
    });
    others.chain(namespaces).collect()
}

/// Cluster-wide policies would reach into the lab: those of earlier labs go, and on a practice cluster those
/// of the learner too.
async fn earlier_policies(client: &Client, owner: Owner) -> Result<Vec<Ours>, ClusterError> {
    let kind = known("ClusterNetworkPolicy");
    let policies = match list(client, kind, None).await {
        Err(ClusterError::Refused { code: 403 | 404, .. }) => return Ok(Vec::new()),
        policies => policies?,
    };
    let ours = policies.iter().filter(|policy| owner == Owner::Practice || is_ours(policy)).map(|policy| {
        let id = ObjectId::of(policy);
        Ours { path: format!("{}/{}", path(kind, None), id.name), uid: uid(policy), id }
    });
    Ok(ours.collect())
}

fn is_ours(object: &Value) -> bool {
    object["metadata"]["labels"][manifest::OWN_LABEL].is_string()
}

fn uid(object: &Value) -> String {
    object["metadata"]["uid"].as_str().unwrap_or_default().to_owned()
}

/// Deletes these objects, and waits until they are gone.
///
/// # Errors
/// When one of them is another object now than the one that was looked at.
pub(crate) async fn delete_all(
    client: &Client,
    ours: &[Ours],
    on: &mut impl FnMut(Progress),
) -> Result<(), ClusterError> {
    for one in ours {
        if one.id.kind == "Namespace" {
            on(Progress::Deleting(one.id.name.clone()));
        }
        let only_this = json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": one.uid}});
        let body = Some(("application/json", &only_this));
        match send(client, Method::DELETE, &one.path, body, &format!("delete {}", one.id)).await {
            Err(error) if error.code() == Some(409) => return Err(foreign(&one.id)),
            Err(error) if error.code() != Some(404) => return Err(error),
            _ => {}
        }
    }
    let deadline = Instant::now() + DELETION;
    for one in ours {
        gone(client, one, deadline).await?;
    }
    Ok(())
}

async fn gone(client: &Client, one: &Ours, deadline: Instant) -> Result<(), ClusterError> {
    while let Some(found) = get(client, &one.path, &format!("look for {}", one.id)).await? {
        if uid(&found) != one.uid {
            return Err(foreign(&one.id));
        }
        in_time(deadline, DELETION, || format!("{} was not deleted", one.id)).await?;
    }
    Ok(())
}

fn foreign(id: &ObjectId) -> ClusterError {
    ClusterError::Foreign { objects: vec![id.clone()] }
}

/// Waits a little, or says that it is too late.
pub(crate) async fn in_time(
    deadline: Instant,
    limit: Duration,
    what: impl FnOnce() -> String,
) -> Result<(), ClusterError> {
    if Instant::now() >= deadline {
        return Err(ClusterError::Late { what: what(), seconds: limit.as_secs() });
    }
    sleep(PAUSE).await;
    Ok(())
}
