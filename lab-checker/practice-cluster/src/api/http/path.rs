//! What a request's path names, in the API server's own scheme of paths.

use crate::resource::{self, RESOURCES, Resource, Scope, Subresource};

/// What a path names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ApiPath {
    /// `/version`
    Version,
    /// `/healthz`, `/livez`, `/readyz`
    Health(&'static str),
    /// `/api`
    Core,
    /// `/apis`
    Groups,
    /// `/apis/GROUP`
    Group(String),
    /// `/api/v1`, `/apis/GROUP/VERSION`
    GroupVersion { group: String, version: String },
    /// `/openapi/v2`
    OpenApiV2,
    /// `/openapi/v3`
    OpenApi,
    /// `/openapi/v3/…`
    OpenApiDocument(String),
    /// A collection, an object or what is below it.
    Object(ObjectPath),
    /// `/`
    Root,
}

/// A collection (no name), an object, or a subresource.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ObjectPath {
    pub(crate) resource: &'static Resource,
    pub(crate) namespace: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) subresource: Option<Subresource>,
}

impl ObjectPath {
    /// The namespace, empty for cluster-scoped kinds.
    pub(crate) fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }

    /// The name, empty for collections.
    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }
}

/// Reads a path, without the cluster's prefix. `None` when it names nothing.
pub(crate) fn parse(path: &str) -> Option<ApiPath> {
    let segments: Vec<String> = path.split('/').filter(|s| !s.is_empty()).map(percent_decode).collect::<Option<_>>()?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    Some(match segments.as_slice() {
        [] => ApiPath::Root,
        ["version"] => ApiPath::Version,
        ["healthz", ..] => ApiPath::Health("healthz"),
        ["livez", ..] => ApiPath::Health("livez"),
        ["readyz", ..] => ApiPath::Health("readyz"),
        ["openapi", "v2"] => ApiPath::OpenApiV2,
        ["openapi", "v3"] => ApiPath::OpenApi,
        ["openapi", "v3", rest @ ..] => ApiPath::OpenApiDocument(rest.join("/")),
        ["api"] => ApiPath::Core,
        ["api", version] => version_path("", version)?,
        ["api", version, rest @ ..] => ApiPath::Object(object_path("", version, rest)?),
        ["apis"] => ApiPath::Groups,
        ["apis", group] => {
            let known = !group.is_empty() && RESOURCES.iter().any(|r| r.group == *group);
            known.then(|| ApiPath::Group((*group).to_owned()))?
        }
        ["apis", group, version] => version_path(group, version)?,
        ["apis", group, version, rest @ ..] => ApiPath::Object(object_path(group, version, rest)?),
        _ => return None,
    })
}

fn version_path(group: &str, version: &str) -> Option<ApiPath> {
    RESOURCES
        .iter()
        .any(|r| r.group == group && r.version == version)
        .then(|| ApiPath::GroupVersion { group: group.to_owned(), version: version.to_owned() })
}

fn object_path(group: &str, version: &str, rest: &[&str]) -> Option<ObjectPath> {
    // `namespaces/NAME` is a Namespace and `namespaces/NAME/status` its status; anything longer is inside it.
    if let ["namespaces", namespace, plural, rest @ ..] = rest
        && let Some(resource) = resource::by_path(group, version, plural)
    {
        return (resource.scope == Scope::Namespaced)
            .then(|| below(resource, Some((*namespace).to_owned()), rest))
            .flatten();
    }
    let [plural, rest @ ..] = rest else { return None };
    let resource = resource::by_path(group, version, plural)?;
    if resource.namespaced() && !rest.is_empty() {
        return None;
    }
    below(resource, None, rest)
}

fn below(resource: &'static Resource, namespace: Option<String>, rest: &[&str]) -> Option<ObjectPath> {
    let (name, subresource) = match rest {
        [] => (None, None),
        [name] => (Some(*name), None),
        [name, sub] => (Some(*name), Some(resource.subresources.iter().copied().find(|s| s.segment() == *sub)?)),
        _ => return None,
    };
    Some(ObjectPath { resource, namespace, name: name.map(str::to_owned), subresource })
}

/// Undoes percent-encoding; `None` when the result is not UTF-8 or an escape is broken.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}
