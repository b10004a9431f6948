//! Discovery: which groups, versions and kinds there are, in the old form and in the aggregated one. Every
//! cluster of a server answers the same, because kubectl's cache cannot tell them apart, but for the kinds that it has
//! defined: when kubectl does not find one of these in its cache, it asks again.

use std::sync::OnceLock;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::api::http::negotiation;
use crate::api::http::respond;
use crate::resource::{self, Resource, Scope, Subresource, Verbs};
use crate::status::Status;
use crate::store::defined::Defined;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// Every group and version, once, in order.
pub(crate) fn versions() -> Vec<(&'static str, &'static str)> {
    let mut versions = Vec::new();
    for version in resource::served().map(group_and_version) {
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    versions
}

fn group_and_version(resource: &Resource) -> (&str, &str) {
    (&resource.group, &resource.version)
}

fn of(group: &str, version: &str) -> impl Iterator<Item = &'static Resource> {
    resource::served().filter(move |r| r.group == group && r.version == version)
}

/// `/api`.
pub(crate) fn core_versions(request: &Request) -> Response {
    let value = json!({
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [],
    });
    plain(&value, request)
}

/// `/apis`.
pub(crate) fn groups(request: &Request, defined: &[Defined<'_>]) -> Response {
    let groups: Vec<Value> = groups_of(defined)
        .into_iter()
        .filter(|(group, _)| !group.is_empty())
        .map(|(group, versions)| group_value(group, &versions))
        .collect();
    plain(&json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}), request)
}

/// `/apis/GROUP`.
pub(crate) fn group(name: &str, request: &Request, defined: &[Defined<'_>]) -> Result<Response, Status> {
    let found = groups_of(defined).into_iter().find(|(group, _)| *group == name);
    let (group, versions) = found.ok_or_else(Status::no_such_path)?;
    let mut value = json!({"kind": "APIGroup", "apiVersion": "v1"});
    if let (Value::Object(value), Value::Object(group)) = (&mut value, group_value(group, &versions)) {
        value.extend(group);
    }
    Ok(plain(&value, request))
}

fn group_value(group: &str, versions: &[&str]) -> Value {
    let version = |version: &&str| json!({"groupVersion": format!("{group}/{version}"), "version": version});
    let versions: Vec<Value> = versions.iter().map(version).collect();
    json!({"name": group, "versions": versions, "preferredVersion": versions[0]})
}

/// Every group with its versions, the preferred one first.
fn groups_of<'a>(defined: &[Defined<'a>]) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    let own = defined.iter().map(|defined| group_and_version(defined.resource));
    for (group, version) in versions().into_iter().chain(own) {
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, versions)) if versions.contains(&version) => {}
            Some((_, versions)) => versions.push(version),
            None => groups.push((group, vec![version])),
        }
    }
    groups
}

/// `/api/v1`, `/apis/GROUP/VERSION`.
pub(crate) fn resources(
    group: &str,
    version: &str,
    request: &Request,
    defined: &[Defined<'_>],
) -> Result<Response, Status> {
    let mut list: Vec<Value> = of(group, version).flat_map(|resource| resource_values(&Names::of(resource))).collect();
    let own = defined.iter().filter(|defined| group_and_version(defined.resource) == (group, version));
    list.extend(own.flat_map(|defined| resource_values(&Names::of_defined(defined))));
    if list.is_empty() {
        return Err(Status::no_such_path());
    }
    list.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let mut value = Map::new();
    value.insert("kind".into(), "APIResourceList".into());
    if !group.is_empty() {
        value.insert("apiVersion".into(), "v1".into());
    }
    value.insert("groupVersion".into(), group_version.into());
    value.insert("resources".into(), list.into());
    Ok(plain(&Value::Object(value), request))
}

/// A kind, and what people may call it.
struct Names<'a> {
    resource: &'a Resource,
    singular: String,
    short: Value,
    categories: Value,
}

impl<'a> Names<'a> {
    fn of(resource: &'a Resource) -> Self {
        Self {
            resource,
            singular: resource.singular.clone().into_owned(),
            short: json!(resource.short_names),
            categories: json!(resource.categories),
        }
    }

    fn of_defined(defined: &Defined<'a>) -> Self {
        let names = &defined.spec["names"];
        let list = |field: &str| names[field].as_array().map_or_else(|| json!([]), |list| json!(list));
        Self {
            resource: defined.resource,
            singular: names["singular"].as_str().unwrap_or_default().to_owned(),
            short: list("shortNames"),
            categories: list("categories"),
        }
    }

    fn put(&self, value: &mut Map<String, Value>) {
        for (field, list) in [("shortNames", &self.short), ("categories", &self.categories)] {
            if list.as_array().is_some_and(|list| !list.is_empty()) {
                value.insert(field.into(), list.clone());
            }
        }
    }
}

fn resource_values(names: &Names<'_>) -> Vec<Value> {
    let resource = names.resource;
    let mut main = Map::new();
    main.insert("name".into(), (*resource.plural).into());
    main.insert("singularName".into(), names.singular.clone().into());
    main.insert("namespaced".into(), resource.namespaced().into());
    main.insert("kind".into(), (*resource.kind).into());
    main.insert("verbs".into(), json!(verbs(resource)));
    names.put(&mut main);
    let mut all = vec![Value::Object(main)];
    for &subresource in resource.subresources {
        let (group, version, kind) = subresource_kind(resource, subresource);
        let mut value = Map::new();
        value.insert("name".into(), format!("{}/{}", resource.plural, subresource.segment()).into());
        value.insert("singularName".into(), "".into());
        value.insert("namespaced".into(), resource.namespaced().into());
        if kind != resource.kind && !group.is_empty() {
            value.insert("group".into(), group.into());
            value.insert("version".into(), version.into());
        }
        value.insert("kind".into(), kind.into());
        value.insert("verbs".into(), json!(subresource_verbs(subresource)));
        all.push(Value::Object(value));
    }
    all
}

fn verbs(resource: &Resource) -> &'static [&'static str] {
    match resource.verbs {
        Verbs::Stored => &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        Verbs::Question => &["create"],
    }
}

fn subresource_verbs(subresource: Subresource) -> &'static [&'static str] {
    match subresource {
        Subresource::Status | Subresource::Scale | Subresource::EphemeralContainers => &["get", "patch", "update"],
        Subresource::Exec | Subresource::Attach | Subresource::PortForward => &["create", "get"],
        Subresource::Log => &["get"],
        Subresource::Token | Subresource::Eviction => &["create"],
        Subresource::Finalize => &["update"],
    }
}

/// The kind that a subresource takes and gives.
fn subresource_kind(resource: &Resource, subresource: Subresource) -> (&str, &str, &str) {
    match subresource {
        Subresource::Scale => ("autoscaling", "v1", "Scale"),
        Subresource::Token => ("authentication.k8s.io", "v1", "TokenRequest"),
        Subresource::Eviction => ("policy", "v1", "Eviction"),
        Subresource::Exec => ("", "v1", "PodExecOptions"),
        Subresource::Attach => ("", "v1", "PodAttachOptions"),
        Subresource::PortForward => ("", "v1", "PodPortForwardOptions"),
        _ => (&resource.group, &resource.version, &resource.kind),
    }
}

fn plain(value: &Value, request: &Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let pretty = query.split('&').find_map(|pair| pair.strip_prefix("pretty="));
    match negotiation::wanted(request.headers(), pretty) {
        Ok(wanted) => respond::object(StatusCode::OK, value, wanted, &[]),
        Err(status) => axum::response::IntoResponse::into_response(status),
    }
}

/// `/api` or `/apis` in the aggregated form, with an ETag.
pub(crate) fn aggregated(core: bool, headers: &HeaderMap, defined: &[Defined<'_>]) -> Response {
    static CORE: OnceLock<(String, String)> = OnceLock::new();
    static GROUPS: OnceLock<(String, String)> = OnceLock::new();
    let cell = if core { &CORE } else { &GROUPS };
    let made = |defined: &[Defined<'_>]| {
        let text = aggregated_value(core, defined).to_string();
        let hash: String = Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02X}")).collect();
        (text, format!("\"{hash}\""))
    };
    let own = (!core && !defined.is_empty()).then(|| made(defined));
    let (text, etag) = own.as_ref().unwrap_or_else(|| cell.get_or_init(|| made(&[])));
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()) == Some(etag);
    let mut response = Response::new(if known { Body::empty() } else { Body::from(text.clone()) });
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let answer = response.headers_mut();
    answer.insert(CONTENT_TYPE, HeaderValue::from_static(AGGREGATED));
    answer.insert(VARY, HeaderValue::from_static("Accept"));
    answer.insert(http::header::CACHE_CONTROL, HeaderValue::from_static("public"));
    if let Ok(etag) = HeaderValue::from_str(etag) {
        answer.insert(ETAG, etag);
    }
    response
}

fn aggregated_value(core: bool, defined: &[Defined<'_>]) -> Value {
    let version_value = |group: &str, version: &str| {
        let own = defined.iter().filter(|own| group_and_version(own.resource) == (group, version));
        let served = of(group, version).map(|resource| aggregated_resource(&Names::of(resource)));
        let own = own.map(|defined| aggregated_resource(&Names::of_defined(defined)));
        let resources: Vec<Value> = served.chain(own).collect();
        json!({"version": version, "resources": resources, "freshness": "Current"})
    };
    let items: Vec<Value> = groups_of(defined)
        .into_iter()
        .filter(|(group, _)| group.is_empty() == core)
        .map(|(group, versions)| {
            let metadata = if core { json!({}) } else { json!({"name": group}) };
            let versions: Vec<Value> = versions.iter().map(|version| version_value(group, version)).collect();
            json!({"metadata": metadata, "versions": versions})
        })
        .collect();
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items})
}

fn aggregated_resource(names: &Names<'_>) -> Value {
    let resource = names.resource;
    let mut value = Map::new();
    value.insert("resource".into(), (*resource.plural).into());
    value.insert("responseKind".into(), json!({"group": "", "version": "", "kind": resource.kind}));
    let scope = if resource.scope == Scope::Namespaced { "Namespaced" } else { "Cluster" };
    value.insert("scope".into(), scope.into());
    value.insert("singularResource".into(), names.singular.clone().into());
    value.insert("verbs".into(), json!(verbs(resource)));
    names.put(&mut value);
    let subresources: Vec<Value> = resource
        .subresources
        .iter()
        .map(|&subresource| {
            let (group, version, kind) = subresource_kind(resource, subresource);
            let own = kind == resource.kind;
            let kind = json!({
                "group": if own { "" } else { group },
                "version": if own { "" } else { version },
                "kind": kind,
            });
            json!({
                "subresource": subresource.segment(),
                "responseKind": kind,
                "verbs": subresource_verbs(subresource),
            })
        })
        .collect();
    if !subresources.is_empty() {
        value.insert("subresources".into(), subresources.into());
    }
    Value::Object(value)
}
