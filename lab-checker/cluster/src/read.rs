//! Everything in a cluster that decides about traffic, read in one go.

use std::collections::BTreeMap;

use futures::future::{try_join, try_join_all};
use kube::Client;
use manifest::kinds::{Kind, Need};
use serde_json::{Value, json};

use crate::definitions::{Defined, Patience, defined};
use crate::error::ClusterError;
use crate::other_policies::{self, OtherPolicies};
use crate::pages::all_pages;
use crate::request::get;
use crate::resource::{path, read_by_checks};

/// What a cluster holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The objects, with `apiVersion` and `kind`.
    pub objects: Vec<Value>,
    /// Kinds that decide about traffic and that may not be read: verdicts may be wrong for them.
    pub unread: Vec<Unread>,
    /// Policies of other makers: verdicts may be wrong for them too.
    pub others: OtherPolicies,
}

/// A kind that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The kind.
    pub kind: &'static str,
    /// The API server's sentence.
    pub message: String,
}

/// Reads the objects that decide about traffic, and those that checks ask for: namespaces, nodes,
/// pods, Services, ConfigMaps, workloads, and policies of all kinds. Kinds that the cluster does not
/// have are none; others that it refuses to show are named in the [`Reading`].
///
/// # Errors
/// When the cluster cannot be reached, or refuses to show namespaces, pods or NetworkPolicies.
pub async fn read(client: &Client) -> Result<Reading, ClusterError> {
    let lists = try_join_all(read_by_checks().map(|kind| tolerant(client, kind, None)));
    let (lists, others) = try_join(lists, other_policies::find(client)).await?;
    let mut reading = Reading { others, ..Reading::default() };
    for (objects, unread) in lists {
        reading.objects.extend(objects);
        reading.unread.extend(unread);
    }
    Ok(reading)
}

/// The same of some namespaces alone, for who has rights in these and no others. Of the rest of the cluster there is
/// what it shows; a namespace whose labels it hides is read as one with its name alone, and named in the [`Reading`].
///
/// # Errors
/// When the cluster cannot be reached, or refuses to show pods or NetworkPolicies in one of the namespaces.
pub async fn read_in(client: &Client, namespaces: &[&str]) -> Result<Reading, ClusterError> {
    let mut reading = Reading::default();
    for kind in read_by_checks() {
        let parts = if kind.name == "Namespace" {
            try_join_all(namespaces.iter().map(|name| namespace(client, kind, name))).await?
        } else if kind.namespaced {
            try_join_all(namespaces.iter().map(|name| tolerant(client, kind, Some(name)))).await?
        } else {
            vec![tolerant(client, kind, None).await?]
        };
        for (objects, unread) in parts {
            reading.objects.extend(objects);
            reading.unread.extend(unread);
        }
    }
    reading.others = other_policies::find(client).await?;
    Ok(reading)
}

/// One namespace.
pub(crate) async fn namespace(
    client: &Client,
    kind: &'static Kind,
    name: &str,
) -> Result<(Vec<Value>, Option<Unread>), ClusterError> {
    match get(client, &format!("{}/{name}", path(kind, None)), &format!("look at namespace {name}")).await {
        Ok(found) => Ok((found.map(|found| whole(found, kind)).into_iter().collect(), None)),
        Err(ClusterError::Refused { code: 403, message, .. }) => {
            let labels = json!({"kubernetes.io/metadata.name": name});
            let nameless = json!({"metadata": {"name": name, "labels": labels}});
            Ok((vec![whole(nameless, kind)], Some(Unread { kind: kind.name, message })))
        }
        Err(error) => Err(error),
    }
}

/// What reading takes: each API group with the plurals of its kinds, of those that stand in namespaces, or of all.
#[must_use]
pub fn needed(namespaced_alone: bool) -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for kind in read_by_checks().filter(|kind| kind.namespaced || !namespaced_alone) {
        groups.entry(kind.group).or_default().push(kind.plural);
    }
    groups
}

/// The objects of [`read`] alone.
///
/// # Errors
/// As [`read`].
pub async fn objects(client: &Client) -> Result<Vec<Value>, ClusterError> {
    Ok(read(client).await?.objects)
}

pub(crate) async fn tolerant(
    client: &Client,
    kind: &'static Kind,
    namespace: Option<&str>,
) -> Result<(Vec<Value>, Option<Unread>), ClusterError> {
    let refusal = match list(client, kind, namespace).await {
        Ok(objects) => return Ok((objects, None)),
        Err(error) => error,
    };
    let needed = kind.need == Some(Need::Always);
    match refusal {
        ClusterError::Refused { code: 404, .. } if !needed => unserved(client, kind, namespace).await,
        ClusterError::Refused { code: 403, message, .. } if !needed => {
            tracing::debug!(kind = kind.name, "the cluster does not show these objects");
            let unread = (kind.need == Some(Need::Decides)).then_some(Unread { kind: kind.name, message });
            Ok((Vec::new(), unread))
        }
        error => Err(error),
    }
}

/// A kind that is not served: perhaps it is about to be, or is served in a version that is not read here.
async fn unserved(
    client: &Client,
    kind: &'static Kind,
    namespace: Option<&str>,
) -> Result<(Vec<Value>, Option<Unread>), ClusterError> {
    let patience = Patience::new();
    let unread = |message: String| (Vec::new(), Some(Unread { kind: kind.name, message }));
    while kind.is_defined() {
        match defined(client, kind.group, kind.plural, Some(kind.version)).await? {
            Defined::No => break,
            Defined::Otherwise(versions) => {
                let versions = versions.join(", ");
                return Ok(unread(format!("it serves them as {versions}, and {} is what is read here", kind.version)));
            }
            Defined::Coming if patience.wait().await => match list(client, kind, namespace).await {
                Err(ClusterError::Refused { code: 404, .. }) => {}
                Err(ClusterError::Refused { code: 403, message, .. }) => return Ok(unread(message)),
                objects => return Ok((objects?, None)),
            },
            Defined::Coming => return Ok(unread("they are defined, and it does not serve them yet".to_owned())),
        }
    }
    Ok((Vec::new(), None))
}

/// All objects of a kind, page by page.
pub(crate) async fn list(client: &Client, kind: &Kind, namespace: Option<&str>) -> Result<Vec<Value>, ClusterError> {
    let doing = format!("list {}", kind.plural);
    let items = all_pages(client, &path(kind, namespace), "application/json", &doing).await?;
    Ok(items.into_iter().map(|item| whole(item, kind)).collect())
}

/// Items of a list leave out what the list says; what nobody here reads is dropped.
pub(crate) fn whole(mut item: Value, kind: &Kind) -> Value {
    if let Some(fields) = item.as_object_mut() {
        fields.insert("apiVersion".to_owned(), kind.api_version().into());
        fields.insert("kind".to_owned(), kind.name.into());
        if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
    }
    item
}
