//! Which policies of other makers a cluster holds. The cluster itself says which API groups it serves; of the policies
//! among them only the names are read.

use std::collections::BTreeSet;

use futures::future::{join_all, try_join_all};
use http::{Request, header};
use kube::Client;
use kube::api::{ApiResource, GroupVersionKind};
use manifest::kinds::{KINDS, Kind};
use manifest::{OtherPolicyKind, Unevaluated};
use serde_json::Value;

use crate::definitions::{self, Defined, NAMES, Patience};
use crate::error::ClusterError;
use crate::pages::all_pages;
use crate::request::read;

/// All groups with their kinds in one answer, or, from an old server, the groups alone.
const DISCOVERY: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";
const DOING: &str = "find policies of other makers";
const WHETHER: &str = "whether there are policies of other kinds";

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
    let served = served(client, &mut found.unseen).await?.policies;
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

/// What a cluster says that it serves.
#[derive(Default)]
pub(crate) struct Discovered {
    /// Policies of other makers, each in the version that the cluster prefers.
    pub(crate) policies: Vec<Served>,
    /// Every kind, as group and plural; none when the cluster does not tell.
    kinds: BTreeSet<(String, String)>,
}

impl Discovered {
    /// Whether there may be objects of a kind.
    pub(crate) fn may_have(&self, kind: &Kind) -> bool {
        !kind.is_defined() || self.kinds.is_empty() || self.has(kind.group, kind.plural)
    }

    fn has(&self, group: &str, plural: &str) -> bool {
        self.kinds.iter().any(|(own, one)| own == group && one == plural)
    }
}

/// What the cluster serves. That it refuses to say so is noted, and what was defined and is not served yet.
///
/// # Errors
/// When the cluster cannot be reached.
pub(crate) async fn served(client: &Client, unseen: &mut Vec<String>) -> Result<Discovered, ClusterError> {
    let ours = |group: &str| {
        OtherPolicyKind::is_group(group) || KINDS.iter().any(|one| one.is_defined() && one.group == group)
    };
    let defined = definitions::all(client, ours).await?;
    let patience = Patience::new();
    loop {
        let mut away = Vec::new();
        let discovered = match discover(client, &mut away).await {
            Err(ClusterError::Refused { message, .. }) => {
                unseen.push(format!("{WHETHER} could not be looked at: {message}"));
                return Ok(Discovered::default());
            }
            discovered => discovered?,
        };
        let mut missing = Vec::new();
        for (group, plural) in defined.iter().filter(|(group, plural)| !discovered.has(group, plural)) {
            if definitions::defined(client, group, plural, None).await? == Defined::Coming {
                missing.push(format!("{plural}.{group} are defined, and the cluster does not serve them yet"));
            }
        }
        if missing.is_empty() || !patience.wait().await {
            unseen.extend(away.into_iter().chain(missing));
            return Ok(discovered);
        }
    }
}

/// Notes what the cluster refuses to show.
fn unseen(mut found: OtherPolicies, what: &str, error: ClusterError) -> Result<OtherPolicies, ClusterError> {
    let ClusterError::Refused { message, .. } = &error else { return Err(error) };
    found.unseen.push(format!("{what} could not be looked at: {message}"));
    Ok(found)
}

/// The kinds of such policies that the cluster serves, each in the version that it prefers.
async fn discover(client: &Client, unseen: &mut Vec<String>) -> Result<Discovered, ClusterError> {
    let answer = get(client, "/apis", DISCOVERY).await?;
    if !answer["items"].is_array() && !answer["groups"].is_array() {
        return Err(ClusterError::Strange { doing: DOING.to_owned() });
    }
    let (mut served, kinds): (Vec<Served>, BTreeSet<_>) = if answer["items"].is_array() {
        let groups = || list(&answer["items"]);
        let kinds = groups().flat_map(kinds_of_group).collect();
        (groups().flat_map(|group| of_group(group, unseen)).collect(), kinds)
    } else {
        let groups = list(&answer["groups"]).filter(|group| text(&group["name"]).contains('.'));
        let groups = try_join_all(groups.map(|group| of_old_group(client, group))).await?;
        let mut found = (Vec::new(), BTreeSet::new());
        for (served, kinds, away) in groups {
            found.0.extend(served);
            found.1.extend(kinds);
            unseen.extend(away);
        }
        found
    };
    // Where Calico's own API is served, it shows what is kept in the other group.
    let of_calico = served.iter().filter(|one| one.group == "projectcalico.org");
    let shown: Vec<OtherPolicyKind> = of_calico.map(|one| one.kind.clone()).collect();
    served.retain(|one| one.group != "crd.projectcalico.org" || !shown.contains(&one.kind));
    Ok(Discovered { policies: served, kinds })
}

/// All kinds of a group of an aggregated discovery, as group and plural.
fn kinds_of_group(group: &Value) -> impl Iterator<Item = (String, String)> {
    let name = text(&group["metadata"]["name"]).to_owned();
    let resources = list(&group["versions"]).flat_map(|version| list(&version["resources"]));
    resources.map(move |resource| (name.clone(), text(&resource["resource"]).to_owned()))
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
async fn of_old_group(client: &Client, group: &Value) -> Result<OldGroup, ClusterError> {
    let (name, version) = (text(&group["name"]), text(&group["preferredVersion"]["version"]));
    let answer = match get(client, &format!("/apis/{name}/{version}"), "application/json").await {
        // A group whose server is away shows nothing.
        Err(ClusterError::Refused { message, .. }) => {
            let away = OtherPolicyKind::is_group(name);
            let away = away.then(|| format!("policies of {name} could not be looked at: {message}"));
            return Ok((Vec::new(), Vec::new(), away));
        }
        answer => answer?,
    };
    let kinds =
        list(&answer["resources"]).map(|resource| (name.to_owned(), text(&resource["name"]).to_owned())).collect();
    let resources = list(&answer["resources"]).filter(|resource| !text(&resource["name"]).contains('/'));
    let served = resources.filter_map(|resource| {
        let kind = OtherPolicyKind::find(name, text(&resource["kind"]))?;
        let plural = text(&resource["name"]).to_owned();
        Some(Served { group: name.to_owned(), version: version.to_owned(), plural, kind })
    });
    Ok((served.collect(), kinds, None))
}

/// Policies of a group, all of its kinds as group and plural, and why these are not known.
type OldGroup = (Vec<Served>, Vec<(String, String)>, Option<String>);

/// The names of all objects of a kind that count.
async fn names(client: &Client, served: &Served) -> Result<Vec<String>, ClusterError> {
    let path = format!("/apis/{}/{}/{}", served.group, served.version, served.plural);
    let items = all_pages(client, &path, NAMES, DOING).await?;
    Ok(items.iter().filter_map(|item| served.counted_name(item)).collect())
}

async fn get(client: &Client, path: &str, accept: &str) -> Result<Value, ClusterError> {
    read(client, Request::builder().uri(path).header(header::ACCEPT, accept), DOING).await
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
