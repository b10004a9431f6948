//! Which policies of other makers a cluster holds. The cluster itself says which API groups it serves; of the policies
//! among them only the names are read.

use futures::future::{join_all, try_join_all};
use http::{Request, header};
use kube::Client;
use kube::api::{ApiResource, GroupVersionKind};
use manifest::{OtherPolicyKind, Unevaluated};
use serde_json::Value;

use crate::error::ClusterError;

/// How many objects one answer holds.
const PAGE: usize = 500;
/// All groups with their kinds in one answer, or, from an old server, the groups alone.
const DISCOVERY: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
const WHETHER: &str = "whether there are policies of other kinds";
/// Names without contents.
const NAMES: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/// What a cluster holds besides the policies that are evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OtherPolicies {
    /// The policies that are there.
    pub unevaluated: Vec<Unevaluated>,
    /// What could not be looked at: a sentence each.
    pub unseen: Vec<String>,
}

/// A kind that the cluster serves.
pub(crate) struct Served {
    group: String,
    version: String,
    plural: String,
    pub(crate) kind: OtherPolicyKind,
}

impl Served {
    /// Where its objects are.
    pub(crate) fn resource(&self) -> ApiResource {
        let kind = GroupVersionKind::gvk(&self.group, &self.version, &self.kind.name(1));
        ApiResource::from_gvk_with_plural(&kind, &self.plural)
    }

    /// The name of an object, when it counts.
    pub(crate) fn counted_name(&self, object: &Value) -> Option<String> {
        let (namespace, name) = (text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"]));
        let full = if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") };
        self.kind.counts(name).then_some(full)
    }
}

/// Looks for policies of other makers.
///
/// # Errors
/// When the cluster cannot be reached.
pub(crate) async fn find(client: &Client) -> Result<OtherPolicies, ClusterError> {
    let mut found = OtherPolicies::default();
    let served = served(client, &mut found.unseen).await?;
    let lists = served.iter().map(|kind| names(client, kind));
    for (kind, names) in served.iter().zip(join_all(lists).await) {
        match names {
            Ok(names) => found.unevaluated.extend(Unevaluated::new(kind.kind.clone(), names)),
            // It is gone since.
            Err(ClusterError::Refused { code: 404, .. }) => {}
            Err(error) => found = unseen(found, &kind.kind.name(2), error)?,
        }
    }
    Ok(found)
}

/// The kinds of such policies that the cluster serves. That it refuses to say so is noted.
///
/// # Errors
/// When the cluster cannot be reached.
pub(crate) async fn served(client: &Client, unseen: &mut Vec<String>) -> Result<Vec<Served>, ClusterError> {
    match discover(client, unseen).await {
        Err(ClusterError::Refused { message, .. }) => {
            unseen.push(format!("{WHETHER} could not be looked at: {message}"));
            Ok(Vec::new())
        }
        served => served,
    }
}

/// Notes what the cluster refuses to show.
fn unseen(mut found: OtherPolicies, what: &str, error: ClusterError) -> Result<OtherPolicies, ClusterError> {
    let ClusterError::Refused { message, .. } = &error else { return Err(error) };
    found.unseen.push(format!("{what} could not be looked at: {message}"));
    Ok(found)
}

/// The kinds of such policies that the cluster serves, each in the version that it prefers.
async fn discover(client: &Client, unseen: &mut Vec<String>) -> Result<Vec<Served>, ClusterError> {
    let answer = get(client, "/apis", DISCOVERY).await?;
    let mut served: Vec<Served> = if answer["items"].is_array() {
        let groups = list(&answer["items"]);
        groups.flat_map(|group| of_group(group, unseen)).collect()
    } else {
        let groups = list(&answer["groups"]).filter(|group| text(&group["name"]).contains('.'));
        try_join_all(groups.map(|group| of_old_group(client, group))).await?.into_iter().flatten().collect()
    };
    // Where Calico's own API is served, it shows what is kept in the other group.
    let of_calico = served.iter().filter(|one| one.group == "projectcalico.org");
    let shown: Vec<OtherPolicyKind> = of_calico.map(|one| one.kind.clone()).collect();
    served.retain(|one| one.group != "crd.projectcalico.org" || !shown.contains(&one.kind));
    Ok(served)
}

/// What a group of an aggregated discovery serves.
fn of_group(group: &Value, unseen: &mut Vec<String>) -> Vec<Served> {
    let name = text(&group["metadata"]["name"]);
    let mut found: Vec<Served> = Vec::new();
    for version in list(&group["versions"]) {
        for resource in list(&version["resources"]) {
            let Some(kind) = OtherPolicyKind::find(name, text(&resource["responseKind"]["kind"])) else { continue };
            if found.iter().all(|other| other.kind != kind) {
                let (version, plural) = (text(&version["version"]).to_owned(), text(&resource["resource"]).to_owned());
                found.push(Served { group: name.to_owned(), version, plural, kind });
            }
        }
        if version["freshness"] == "Stale" && OtherPolicyKind::is_group(name) {
            unseen.push(format!("policies of {name} could not be looked at: the API server that serves them is away"));
        }
    }
    found
}

/// What a group of an old server serves, in the version that it prefers.
async fn of_old_group(client: &Client, group: &Value) -> Result<Vec<Served>, ClusterError> {
    let (name, version) = (text(&group["name"]), text(&group["preferredVersion"]["version"]));
    let answer = match get(client, &format!("/apis/{name}/{version}"), "application/json").await {
        // A group whose server is away shows nothing.
        Err(ClusterError::Refused { .. }) => return Ok(Vec::new()),
        answer => answer?,
    };
    let resources = list(&answer["resources"]).filter(|resource| !text(&resource["name"]).contains('/'));
    let served = resources.filter_map(|resource| {
        let kind = OtherPolicyKind::find(name, text(&resource["kind"]))?;
        let plural = text(&resource["name"]).to_owned();
        Some(Served { group: name.to_owned(), version: version.to_owned(), plural, kind })
    });
    Ok(served.collect())
}

/// The names of all objects of a kind that count.
async fn names(client: &Client, served: &Served) -> Result<Vec<String>, ClusterError> {
    let path = format!("/apis/{}/{}/{}", served.group, served.version, served.plural);
    let (mut names, mut next) = (Vec::new(), String::new());
    loop {
        let page = get(client, &format!("{path}?limit={PAGE}{next}"), NAMES).await?;
        names.extend(list(&page["items"]).filter_map(|item| served.counted_name(item)));
        match text(&page["metadata"]["continue"]) {
            "" => return Ok(names),
            token => next = format!("&continue={}", crate::request::escaped(token)),
        }
    }
}

async fn get(client: &Client, path: &str, accept: &str) -> Result<Value, ClusterError> {
    let request = Request::builder().uri(path).header(header::ACCEPT, accept).body(Vec::new());
    let doing = "find policies of other makers";
    let request = request.map_err(|error| ClusterError::from_kube(doing, kube::Error::HttpError(error)))?;
    client.request(request).await.map_err(|error| ClusterError::from_kube(doing, error))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
