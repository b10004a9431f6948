//! Everything in a cluster that we have made, of whatever kind: found by our label, and taken away.

use std::collections::BTreeSet;

use futures::future::join_all;
use futures::stream::{self, StreamExt as _};
use http::Method;
use kube::Client;
use manifest::ObjectId;
use serde_json::Value;

use crate::error::ClusterError;
use crate::ours::{Ours, Whose, delete_all, is_an_answer, whose};
use crate::progress::Progress;
use crate::read::list;
use crate::request::{escaped, items, send};
use crate::resource::{known, path};

/// How many kinds are looked at together.
const TOGETHER: usize = 8;
/// A controller makes these with the labels of a Service, and they go with it.
const OF_SERVICES: &str = "endpoints";

/// What we have left in a cluster.
#[derive(Clone, Debug, Default)]
pub struct Remains {
    ours: Vec<Ours>,
    /// What carries our label and another learner has made. It stays.
    pub of_others: Vec<ObjectId>,
    /// Kinds that the cluster does not show.
    pub unseen: Vec<String>,
}

impl Remains {
    /// What [`remove`] takes away, in that order. With a namespace goes what is in it.
    pub fn objects(&self) -> impl Iterator<Item = &ObjectId> {
        self.ours.iter().map(|one| &one.id)
    }

    /// Whether there is nothing to take away.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ours.is_empty()
    }
}

/// A kind of objects that a cluster serves and lets delete.
struct Served {
    api_version: String,
    kind: String,
    plural: String,
}

/// Looks for all that carries our label, of every kind that the cluster serves, and for the cluster-wide policies that
/// a learner wrote for a lab. What other learners have made is told apart when a learner is given. Nothing is changed.
///
/// # Errors
/// When the cluster cannot be reached, or refuses to say what it serves or to list namespaces.
pub async fn remains(client: &Client, learner: Option<&str>) -> Result<Remains, ClusterError> {
    let mut found = Remains::default();
    let mut objects = Vec::new();
    let kinds = served(client, &mut found.unseen).await?;
    let mut lists =
        stream::iter(&kinds).map(async |kind| (kind, labelled(client, kind).await)).buffer_unordered(TOGETHER);
    while let Some((kind, listed)) = lists.next().await {
        match listed {
            Ok(listed) => objects.extend(listed),
            Err(ClusterError::Refused { code: 404 | 405, .. }) => {}
            Err(ClusterError::Refused { .. } | ClusterError::Strange { .. }) => found.unseen.push(kind.kind.clone()),
            Err(error) => return Err(error),
        }
    }
    drop(lists);
    let namespaces: BTreeSet<String> =
        objects.iter().map(|(id, ..)| id).filter(|id| id.kind == "Namespace").map(|id| id.name.clone()).collect();
    for (id, path, object) in &objects {
        // What is in a namespace of ours goes with it.
        if id.namespace.as_ref().is_some_and(|namespace| namespaces.contains(namespace)) {
            continue;
        }
        match whose(object, learner) {
            Whose::Ours => found.ours.push(Ours::found(path.clone(), object)),
            Whose::Learners => found.of_others.push(id.clone()),
            Whose::Foreign => {}
        }
    }
    found.ours.extend(answers(client, learner).await?);
    // Namespaces come last: what is about them is found by them.
    found.ours.sort_by_key(|one| (one.id.kind == "Namespace", one.id.clone()));
    found.of_others.sort();
    found.unseen.sort();
    Ok(found)
}

/// Takes away what was found, as long as it is the very same, and waits until it is gone.
///
/// # Errors
/// When one of the objects is another one now, and when the cluster refuses or cannot be reached.
pub async fn remove(client: &Client, remains: &Remains, mut on: impl FnMut(Progress)) -> Result<(), ClusterError> {
    delete_all(client, &remains.ours, &mut on).await
}

/// The cluster-wide policies that a learner wrote as the answer to a lab.
async fn answers(client: &Client, learner: Option<&str>) -> Result<Vec<Ours>, ClusterError> {
    let kind = known("ClusterNetworkPolicy");
    let policies = match list(client, kind, None).await {
        Err(ClusterError::Refused { code: 403 | 404, .. }) => return Ok(Vec::new()),
        policies => policies?,
    };
    if policies.is_empty() {
        return Ok(Vec::new());
    }
    let namespaces = list(client, known("Namespace"), None).await?;
    let answers = policies
        .iter()
        .filter(|policy| whose(policy, learner) == Whose::Foreign && is_an_answer(policy, &namespaces, learner));
    Ok(answers
        .map(|policy| Ours::found(format!("{}/{}", path(kind, None), ObjectId::of(policy).name), policy))
        .collect())
}

/// Every object of a kind that carries our label, with its path. What a controller owns goes with its owner.
async fn labelled(client: &Client, kind: &Served) -> Result<Vec<(ObjectId, String, Value)>, ClusterError> {
    let root = if kind.api_version.contains('/') { "/apis" } else { "/api" };
    let root = format!("{root}/{}", kind.api_version);
    let label = escaped(manifest::OWN_LABEL);
    let asked = format!("{root}/{}?labelSelector={label}", kind.plural);
    let mut answer = send(client, Method::GET, &asked, None, &format!("list {}", kind.plural)).await?;
    let items = items(&mut answer, &format!("list {}", kind.plural))?;
    let items =
        items.into_iter().filter(|item| item["metadata"]["ownerReferences"].as_array().is_none_or(Vec::is_empty));
    // A server that does not know of selectors answers with all.
    let items = items.filter(|item| whose(item, None) == Whose::Ours);
    Ok(items.map(|item| placed(item, kind, &root)).collect())
}

fn placed(mut item: Value, kind: &Served, root: &str) -> (ObjectId, String, Value) {
    item["apiVersion"] = kind.api_version.as_str().into();
    item["kind"] = kind.kind.as_str().into();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (namespace, name) = (text(&item["metadata"]["namespace"]), text(&item["metadata"]["name"]));
    let path = if namespace.is_empty() {
        format!("{root}/{}/{name}", kind.plural)
    } else {
        format!("{root}/namespaces/{namespace}/{}/{name}", kind.plural)
    };
    (ObjectId::of(&item), path, item)
}

/// The kinds that the cluster serves, each group in the version that it prefers.
async fn served(client: &Client, unseen: &mut Vec<String>) -> Result<Vec<Served>, ClusterError> {
    let doing = "find out what it serves";
    let groups = send(client, Method::GET, "/apis", None, doing).await?;
    let groups = groups["groups"].as_array().into_iter().flatten();
    let preferred = groups.filter_map(|group| group["preferredVersion"]["groupVersion"].as_str());
    let versions: Vec<String> = std::iter::once("v1".to_owned()).chain(preferred.map(str::to_owned)).collect();
    let answers = join_all(versions.iter().map(async |version| {
        let root = if version.contains('/') { "/apis" } else { "/api" };
        send(client, Method::GET, &format!("{root}/{version}"), None, doing).await
    }));
    let mut kinds = Vec::new();
    for (version, answer) in versions.iter().zip(answers.await) {
        match answer {
            Ok(answer) => kinds.extend(of_version(version, &answer)),
            // A group whose server is away shows nothing of what may be there.
            Err(ClusterError::Refused { .. } | ClusterError::Strange { .. }) => {
                unseen.push(format!("those of {version}"));
            }
            Err(error) => return Err(error),
        }
    }
    // What is found nowhere else is found in any case.
    if !kinds.iter().any(|kind| kind.kind == "Namespace") {
        let named = |kind: &str, plural: &str| Served {
            api_version: "v1".to_owned(),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
        };
        kinds.push(named("Namespace", "namespaces"));
    }
    Ok(kinds)
}

fn of_version(version: &str, answer: &Value) -> Vec<Served> {
    let can = |resource: &Value, verb: &str| {
        resource["verbs"].as_array().is_some_and(|verbs| verbs.iter().any(|one| one == verb))
    };
    let resources = answer["resources"].as_array().into_iter().flatten();
    let deletable = resources.filter(|resource| can(resource, "list") && can(resource, "delete"));
    let served = deletable.filter_map(|resource| {
        let (plural, kind) = (resource["name"].as_str()?, resource["kind"].as_str()?);
        let ours_perhaps = !plural.contains('/') && plural != OF_SERVICES;
        let (kind, plural) = (kind.to_owned(), plural.to_owned());
        ours_perhaps.then(|| Served { api_version: version.to_owned(), kind, plural })
    });
    served.collect()
}
