//! Kinds that somebody defines: a definition that was made a moment ago is there before the API serves its kind, and
//! before discovery knows of it. Until then nobody can say that there are none.

use std::time::Duration;

use kube::Client;
use serde_json::Value;
use tokio::time::Instant;

use crate::error::ClusterError;
use crate::moment::a_moment;
use crate::pages::all_pages;
use crate::request::get;

/// Where definitions are.
const PATH: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
/// Names without contents.
pub(crate) const NAMES: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
/// How long an API server takes at most to serve what was defined.
const COMES: Duration = Duration::from_secs(10);

/// What is known of a kind that the API does not serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Defined {
    /// Nobody has defined it, as far as one may look.
    No,
    /// It is about to be served in this version.
    Coming,
    /// It is served in other versions.
    Otherwise(Vec<String>),
}

/// Waits for what is about to come, as long as that usually takes.
pub(crate) struct Patience(Instant);

impl Patience {
    pub(crate) fn new() -> Self {
        Self(Instant::now() + COMES)
    }

    /// Waits a little; whether there was time.
    pub(crate) async fn wait(&self) -> bool {
        let there_is_time = Instant::now() < self.0;
        if there_is_time {
            a_moment().await;
        }
        there_is_time
    }
}

/// What the definition of a kind says, in a version or in any.
///
/// # Errors
/// When the cluster cannot be reached.
pub(crate) async fn defined(
    client: &Client,
    group: &str,
    plural: &str,
    version: Option<&str>,
) -> Result<Defined, ClusterError> {
    let found = match get(client, &format!("{PATH}/{plural}.{group}"), "find kinds of policies").await {
        Err(ClusterError::Refused { .. }) => None,
        found => found?,
    };
    let Some(definition) = found.filter(|found| !found["metadata"]["deletionTimestamp"].is_string()) else {
        return Ok(Defined::No);
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let refused = |one: &Value| one["type"] == "NamesAccepted" && one["status"] == "False";
    if list(&definition["status"]["conditions"]).iter().any(refused) {
        return Ok(Defined::No);
    }
    let served = list(&definition["spec"]["versions"]).into_iter().filter(|one| one["served"] == true);
    let served: Vec<String> = served.filter_map(|one| one["name"].as_str().map(str::to_owned)).collect();
    Ok(match version {
        _ if served.is_empty() => Defined::No,
        Some(version) if !served.iter().any(|one| one == version) => Defined::Otherwise(served),
        _ => Defined::Coming,
    })
}

/// The kinds of groups that are defined, as group and plural. None where one may not look.
///
/// # Errors
/// When the cluster cannot be reached.
pub(crate) async fn all(
    client: &Client,
    is_group: impl Fn(&str) -> bool,
) -> Result<Vec<(String, String)>, ClusterError> {
    let listed = match all_pages(client, PATH, NAMES, "find kinds of policies").await {
        Err(ClusterError::Refused { .. } | ClusterError::Strange { .. }) => return Ok(Vec::new()),
        listed => listed?,
    };
    let stay = listed.iter().filter(|item| !item["metadata"]["deletionTimestamp"].is_string());
    let names = stay.filter_map(|item| item["metadata"]["name"].as_str()?.split_once('.'));
    let of_groups = names.filter(|(_, group)| is_group(group));
    Ok(of_groups.map(|(plural, group)| (group.to_owned(), plural.to_owned())).collect())
}
