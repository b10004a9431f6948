//! OpenAPI v3: an index, and a document a group version. kubectl needs them for `apply`, `create` (field
//! validation) and `explain`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, OnceLock, PoisonError};

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::api::discovery;
use crate::api::http::respond;
use crate::resource::{self, OLDER, RESOURCES, Resource, Subresource};
use crate::status::Status;
use manifest::openapi;

/// A rendered document and its hash.
type Document = (Bytes, String);

/// `/openapi/v2`: a document without content, in protobuf. kubectl asks for it only to find that a kind it
/// does not know is not there either.
pub(crate) fn old_version() -> Response {
    const EMPTY: &[u8] = b"\x0a\x032.0\x12\x13\x0a\x0aKubernetes\x12\x05v1.36";
    let mut response = Response::new(Body::from(EMPTY));
    let kind = HeaderValue::from_static("application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// `/openapi/v3`.
pub(crate) fn index(request: &Request) -> Response {
    let prefix = request.uri().path().strip_suffix("/openapi/v3").unwrap_or_default();
    let paths: BTreeMap<String, Value> = discovery::versions()
        .into_iter()
        .map(|(group, version)| {
            let name = document_name(group, version);
            // Clients fetch each document once and keep it by this hash.
            let url = format!("{prefix}/openapi/v3/{name}?hash={}", hash_of(group, version));
            (name, json!({"serverRelativeURL": url}))
        })
        .collect();
    respond::json_text(StatusCode::OK, json!({"paths": paths}).to_string(), &[])
}

/// The hash of a document: of what decides its content, so that the index costs nothing.
fn hash_of(group: &str, version: &str) -> String {
    static HASH: OnceLock<String> = OnceLock::new();
    let all = HASH.get_or_init(|| {
        let table =
            format!("{RESOURCES:?} {OLDER:?} {} {}", crate::api::server_info::VERSION, env!("CARGO_PKG_VERSION"));
        hex(&Sha256::digest(table.as_bytes()))
    });
    hex(&Sha256::digest(format!("{all}{group}/{version}").as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn document_name(group: &str, version: &str) -> String {
    if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") }
}

/// `/openapi/v3/api/v1`, `/openapi/v3/apis/GROUP/VERSION`.
pub(crate) fn document(name: &str, headers: &HeaderMap) -> Result<Response, Status> {
    static DOCUMENTS: Mutex<Option<HashMap<String, Document>>> = Mutex::new(None);
    let (group, version) = discovery::versions()
        .into_iter()
        .find(|(group, version)| document_name(group, version) == name)
        .ok_or_else(Status::no_such_path)?;
    let (bytes, hash) = {
        let mut documents = DOCUMENTS.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = documents.get_or_insert_default().entry(name.to_owned());
        entry.or_insert_with(|| (Bytes::from(render(group, version).to_string()), hash_of(group, version))).clone()
    };
    let etag = format!("\"{hash}\"");
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()) == Some(etag.as_str());
    let mut response = Response::new(if known { Body::empty() } else { Body::from(bytes) });
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let answer = response.headers_mut();
    answer.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer.insert(CACHE_CONTROL, HeaderValue::from_static("public, immutable"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        answer.insert(ETAG, etag);
    }
    Ok(response)
}

fn render(group: &str, version: &str) -> Value {
    let mut paths = Map::new();
    let mut needed = BTreeSet::new();
    let mut plain = Map::new();
    for resource in resource::served().filter(|r| r.group == group && r.version == version) {
        let known = openapi::definition_name(&resource.api_version(), &resource.kind);
        let definition = known.map_or_else(|| plain_name(resource), str::to_owned);
        if known.is_none() {
            plain.insert(definition.clone(), plain_definition(resource));
        }
        needed.insert(definition.clone());
        for (path, operations) in resource_paths(resource, &definition) {
            paths.insert(path, operations);
        }
    }
    for extra in ["Status", "DeleteOptions", "WatchEvent"] {
        needed.insert(format!("io.k8s.apimachinery.pkg.apis.meta.v1.{extra}"));
    }
    let mut schemas = with_references(needed);
    schemas.extend(plain);
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "1.36"},
        "paths": paths,
        "components": {"schemas": schemas},
    })
}

/// The name of the definition of a kind whose fields are stored and not looked at.
fn plain_name(resource: &Resource) -> String {
    let group: Vec<&str> = resource.group.split('.').rev().collect();
    format!("{}.{}.{}", group.join("."), resource.version, resource.kind)
}

fn plain_definition(resource: &Resource) -> Value {
    json!({
        "description": format!("{}: stored as it is sent; a practice cluster does nothing with it.", resource.kind),
        "type": "object",
        "x-kubernetes-preserve-unknown-fields": true,
        "x-kubernetes-group-version-kind": [
            {"group": resource.group, "version": resource.version, "kind": resource.kind},
        ],
    })
}

/// The definitions and everything that they refer to.
fn with_references(mut todo: BTreeSet<String>) -> Map<String, Value> {
    let definitions = openapi::definitions();
    let mut schemas = BTreeMap::new();
    while let Some(name) = todo.pop_first() {
        let Some(definition) = definitions.get(&name) else { continue };
        references(definition, &mut |reference| {
            if !schemas.contains_key(reference) {
                todo.insert(reference.to_owned());
            }
        });
        schemas.insert(name, definition.clone());
    }
    schemas.into_iter().collect()
}

fn references(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref")
                && let Some(name) = reference.rsplit('/').next()
            {
                found(name);
            }
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

fn resource_paths(resource: &Resource, definition: &str) -> Vec<(String, Value)> {
    let root = match &*resource.group {
        "" => format!("/api/{}", resource.version),
        group => format!("/apis/{group}/{}", resource.version),
    };
    let collection = match resource.namespaced() {
        true => format!("{root}/namespaces/{{namespace}}/{}", resource.plural),
        false => format!("{root}/{}", resource.plural),
    };
    let operation = |action: &str| operation(resource, definition, action);
    if !resource.stored() {
        return vec![(collection, json!({"post": operation("post")}))];
    }
    let mut paths = vec![
        (
            collection.clone(),
            json!({"get": operation("list"), "post": operation("post"), "delete": operation("deletecollection")}),
        ),
        (
            format!("{collection}/{{name}}"),
            json!({
                "get": operation("get"),
                "put": operation("put"),
                "patch": operation("patch"),
                "delete": operation("delete"),
            }),
        ),
    ];
    if resource.namespaced() {
        paths.push((format!("{root}/{}", resource.plural), json!({"get": operation("list")})));
    }
    if resource.has(Subresource::Status) {
        let path = format!("{collection}/{{name}}/status");
        paths.push((path, json!({"get": operation("get"), "put": operation("put"), "patch": operation("patch")})));
    }
    paths
}

fn operation(resource: &Resource, definition: &str, action: &str) -> Value {
    let object = json!({"$ref": format!("#/components/schemas/{definition}")});
    let mut parameters = Vec::new();
    if matches!(action, "post" | "put" | "patch") {
        for (name, description) in [
            ("dryRun", "When present, indicates that modifications should not be persisted. Valid values are: All."),
            ("fieldManager", "The name of whoever makes the changes."),
            ("fieldValidation", "What to do with unknown or duplicate fields: Ignore, Warn or Strict."),
        ] {
            parameters.push(query_parameter(name, description, "string"));
        }
    }
    if action == "patch" {
        parameters.push(query_parameter("force", "Take over conflicting fields; for apply requests only.", "boolean"));
    }
    let body = match action {
        "post" | "put" => Some(json!({"*/*": {"schema": object}})),
        "patch" => {
            let patch = json!({"schema": {"type": "object"}});
            let mut content = Map::new();
            for kind in ["apply-patch+yaml", "json-patch+json", "merge-patch+json", "strategic-merge-patch+json"] {
                if resource.strategic() || !kind.starts_with("strategic") {
                    content.insert(format!("application/{kind}"), patch.clone());
                }
            }
            Some(Value::Object(content))
        }
        _ => None,
    };
    let mut value = json!({
        "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": object}}}},
        "parameters": parameters,
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": {
            "group": resource.group,
            "version": resource.version,
            "kind": resource.kind,
        },
    });
    if let Some(body) = body {
        value["requestBody"] = json!({"content": body, "required": true});
    }
    value
}

fn query_parameter(name: &str, description: &str, kind: &str) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": {"type": kind, "uniqueItems": true}})
}
