//! What in a cluster is ours. On a cluster that is not for practice alone, nothing is deleted but what
//! carries our label, and even that only while it is the very object that was looked at.

use std::collections::BTreeSet;
use std::time::Duration;

use http::Method;
use kube::Client;
use manifest::{ObjectId, is_in_every_cluster};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::error::ClusterError;
use crate::moment::a_moment;
use crate::progress::Progress;
use crate::read::list;
use crate::request::{get, send};
use crate::resource::{known, path, path_of};

/// How long an object may take to go away.
const DELETION: Duration = Duration::from_secs(120);

/// Whose objects a cluster holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Nobody's: it is a practice cluster, and what stands in the way of a lab may go.
    Practice,
    /// Somebody's: only what we have made may go.
    Somebody,
}

/// What says on an object of ours which learner's machine has made it: a cluster may be shared.
pub(crate) const LEARNER_ANNOTATION: &str = "lab-checker/learner";

/// What says on a namespace of ours which prefix its name begins with.
pub(crate) const PREFIX_ANNOTATION: &str = "lab-checker/prefix";

/// Who puts which lab into a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Maker<'a> {
    /// The lab: the value of our label.
    pub lab: &'a str,
    /// The learner, told from others who use the same cluster; `None` does not tell them apart.
    pub learner: Option<&'a str>,
    /// What is before the names of the lab's namespaces. The objects have these names already; it is noted on them.
    pub prefix: Option<&'a str>,
}

impl<'a> From<&'a str> for Maker<'a> {
    fn from(lab: &'a str) -> Self {
        Self { lab, learner: None, prefix: None }
    }
}

/// Whose an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    Ours,
    /// It carries our label, and another learner has made it.
    Learners,
    Foreign,
}

/// Told from its label, and from the learner that is noted on it.
pub(crate) fn whose(object: &Value, learner: Option<&str>) -> Whose {
    let metadata = &object["metadata"];
    if !metadata["labels"][manifest::OWN_LABEL].is_string() {
        return Whose::Foreign;
    }
    match (metadata["annotations"][LEARNER_ANNOTATION].as_str(), learner) {
        (Some(noted), Some(learner)) if noted != learner => Whose::Learners,
        _ => Whose::Ours,
    }
}

/// Whether a namespace that carries our label belongs to what this learner does in a cluster: under the same prefix, or
/// under none. Somebody else's labs may stand in the cluster too.
#[must_use]
pub fn is_of_this_lab(namespace: &Value, learner: Option<&str>, prefix: Option<&str>) -> bool {
    let noted = namespace["metadata"]["annotations"][PREFIX_ANNOTATION].as_str();
    whose(namespace, learner) == Whose::Ours && noted == prefix
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

    /// An object that was found at a path.
    pub(crate) fn found(path: String, object: &Value) -> Self {
        Self { id: ObjectId::of(object), path, uid: uid(object) }
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
pub(crate) async fn survey(
    client: &Client,
    objects: &[Value],
    learner: Option<&str>,
    owner: Owner,
) -> Result<Vec<Ours>, ClusterError> {
    let (mut ours, mut foreign, mut learners) = (Vec::new(), Vec::new(), Vec::new());
    for (id, path) in wanted(objects) {
        let Some(found) = get(client, &path, &format!("look for {id}")).await? else { continue };
        match whose(&found, learner) {
            _ if owner == Owner::Practice => ours.push(Ours { id, path, uid: uid(&found) }),
            Whose::Ours => ours.push(Ours { id, path, uid: uid(&found) }),
            Whose::Learners => learners.push(id),
            Whose::Foreign => foreign.push(id),
        }
    }
    if !foreign.is_empty() {
        return Err(ClusterError::Foreign { objects: foreign });
    }
    if !learners.is_empty() {
        return Err(ClusterError::Learners { objects: learners });
    }
    let earlier = earlier_policies(client, learner, owner).await?;
    // Policies go first: they would decide about what comes next.
    Ok(earlier
        .iter()
        .filter(|policy| !ours.iter().any(|known| known.path == policy.path))
        .cloned()
        .chain(ours.clone())
        .collect())
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

/// Cluster-wide policies would reach into the lab: those of earlier labs go, and on a practice cluster all.
async fn earlier_policies(client: &Client, learner: Option<&str>, owner: Owner) -> Result<Vec<Ours>, ClusterError> {
    let kind = known("ClusterNetworkPolicy");
    let policies = match list(client, kind, None).await {
        Err(ClusterError::Refused { code: 403 | 404, .. }) => return Ok(Vec::new()),
        policies => policies?,
    };
    let namespaces = if owner == Owner::Practice || policies.is_empty() {
        Vec::new()
    } else {
        list(client, known("Namespace"), None).await?
    };
    let goes = |policy: &&Value| match whose(policy, learner) {
        _ if owner == Owner::Practice => true,
        Whose::Ours => true,
        Whose::Learners => false,
        Whose::Foreign => is_an_answer(policy, &namespaces, learner),
    };
    let found = policies.iter().filter(goes);
    Ok(found.map(|policy| Ours::found(format!("{}/{}", path(kind, None), ObjectId::of(policy).name), policy)).collect())
}

/// Whether a cluster-wide policy without our label is what a learner has written as the answer to a lab: it is about
/// namespaces of labs and no others, and is younger than they are.
pub(crate) fn is_an_answer(policy: &Value, namespaces: &[Value], learner: Option<&str>) -> bool {
    let made = |object: &Value| object["metadata"]["creationTimestamp"].as_str().map(str::to_owned);
    let Some(selected) = manifest::subject_namespaces(policy, namespaces).filter(|names| !names.is_empty()) else {
        return false;
    };
    let mut selected =
        selected.iter().filter_map(|name| namespaces.iter().find(|one| one["metadata"]["name"] == **name));
    // All of these times are written alike, in UTC.
    selected.all(|namespace| whose(namespace, learner) == Whose::Ours && made(policy) >= made(namespace))
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
            Err(error) if error.code() == Some(409) => still_ours(client, one, error).await?,
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

/// Looks again at what the cluster did not want to delete: it is another object now, or is being deleted already.
async fn still_ours(client: &Client, one: &Ours, error: ClusterError) -> Result<(), ClusterError> {
    match get(client, &one.path, &format!("look for {}", one.id)).await? {
        Some(found) if uid(&found) != one.uid => Err(foreign(&one.id)),
        Some(found) if !found["metadata"]["deletionTimestamp"].is_string() => Err(error),
        _ => Ok(()),
    }
}

async fn gone(client: &Client, one: &Ours, deadline: Instant) -> Result<(), ClusterError> {
    while let Some(found) = get(client, &one.path, &format!("look for {}", one.id)).await? {
        if uid(&found) != one.uid {
            return Err(foreign(&one.id));
        }
        in_time(deadline, DELETION, || format!("{} was not deleted{}", one.id, kept_by(&found))).await?;
    }
    Ok(())
}

/// What keeps an object that is being deleted: its finalizers, or what a namespace says of what is in it.
fn kept_by(found: &Value) -> String {
    let conditions = found["status"]["conditions"].as_array().into_iter().flatten();
    let says = conditions.filter(|one| one["status"] == "True" && one["type"] != "NamespaceDeletionDiscoveryFailure");
    let kept = found["metadata"]["deletionTimestamp"].is_string();
    let reasons = says.filter(|_| kept).filter_map(|one| one["message"].as_str()).map(str::to_owned);
    let finalizers = found["metadata"]["finalizers"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let finalizers: Vec<&str> = finalizers.filter(|_| kept).collect();
    let finalizers = (!finalizers.is_empty()).then(|| format!("its finalizers are {}", finalizers.join(", ")));
    let reasons: Vec<String> = reasons.chain(finalizers).collect();
    if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) }
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
    a_moment().await;
    Ok(())
}
