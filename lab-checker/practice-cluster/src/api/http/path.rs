//! What a request's path names, in the API server's own scheme of paths.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::resource::{self, Resource, Scope, Subresource};
use crate::store::own_kinds::OwnKinds;

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
    Object(Box<ObjectPath>),
    /// `/`
    Root,
}

/// A collection (no name), an object, or a subresource.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ObjectPath {
    pub(crate) resource: Cow<'static, Resource>,
    pub(crate) namespace: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) subresource: Option<Subresource>,
    /// The version that the client speaks, when it is not the one that is stored.
    pub(crate) spoken: Option<Cow<'static, Resource>>,
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

/// Reads a path, without the prefix of a cluster that has defined these kinds. `None` when it names nothing.
pub(crate) fn parse(path: &str, own: &OwnKinds) -> Option<ApiPath> {
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
        ["api", version] => version_path("", version, own)?,
        ["api", version, rest @ ..] => ApiPath::Object(Box::new(object_path("", version, rest, own)?)),
        ["apis"] => ApiPath::Groups,
        ["apis", group] => {
            let known = !group.is_empty() && kinds(own).any(|r| r.group == *group);
            known.then(|| ApiPath::Group((*group).to_owned()))?
        }
        ["apis", group, version] => version_path(group, version, own)?,
        ["apis", group, version, rest @ ..] => ApiPath::Object(Box::new(object_path(group, version, rest, own)?)),
        _ => return None,
    })
}

/// Every kind that the cluster serves, in every version.
fn kinds(own: &OwnKinds) -> impl Iterator<Item = &Resource> {
    let everywhere: &[Resource] = resource::RESOURCES;
    everywhere.iter().chain(resource::OLDER).chain(own.all().flat_map(|kind| &kind.served))
}

fn version_path(group: &str, version: &str, own: &OwnKinds) -> Option<ApiPath> {
    kinds(own)
        .any(|r| r.group == group && r.version == version)
        .then(|| ApiPath::GroupVersion { group: group.to_owned(), version: version.to_owned() })
}

fn object_path(group: &str, version: &str, rest: &[&str], own: &OwnKinds) -> Option<ObjectPath> {
    // `namespaces/NAME` is a Namespace and `namespaces/NAME/status` its status; anything longer is inside it.
    if let ["namespaces", namespace, plural, rest @ ..] = rest
        && let Some(named) = named(group, version, plural, own)
    {
        return (named.0.scope == Scope::Namespaced)
            .then(|| below(named, Some((*namespace).to_owned()), rest))
            .flatten();
    }
    let [plural, rest @ ..] = rest else { return None };
    let named = named(group, version, plural, own)?;
    if named.0.namespaced() && !rest.is_empty() {
        return None;
    }
    below(named, None, rest)
}

/// What is stored, and what the client calls it when that is another version.
type Named = (Cow<'static, Resource>, Option<Cow<'static, Resource>>);

fn named(group: &str, version: &str, plural: &str, own: &OwnKinds) -> Option<Named> {
    if let Some((older, stored)) = resource::older_by_path(group, version, plural) {
        return Some((Cow::Borrowed(stored), Some(Cow::Borrowed(older))));
    }
    if let Some(resource) = resource::by_path(group, version, plural) {
        return Some((Cow::Borrowed(resource), None));
    }
    let (kind, spoken) = own.by_path(group, version, plural)?;
    let spoken = (*spoken != kind.stored).then(|| Cow::Owned(spoken.clone()));
    Some((Cow::Owned(kind.stored.clone()), spoken))
}

fn below((resource, spoken): Named, namespace: Option<String>, rest: &[&str]) -> Option<ObjectPath> {
    let (name, subresource) = match rest {
        [] => (None, None),
        [name] => (Some(*name), None),
        [name, sub] => (Some(*name), Some(resource.subresources.iter().copied().find(|s| s.segment() == *sub)?)),
        _ => return None,
    };
    Some(ObjectPath { resource, namespace, name: name.map(str::to_owned), subresource, spoken })
}

/// Undoes percent-encoding; `None` when the result is not UTF-8 or an escape is broken.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    // The library leaves a broken escape as it is; an API server refuses it.
    let is_whole =
        |after: &str| after.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    let whole = text.split('%').skip(1).all(is_whole);
    whole.then(|| percent_decode_str(text).decode_utf8().ok()).flatten().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_broken_ones_are_told() {
        for (text, decoded) in
            [("a%20b", "a b"), ("%C3%A9", "é"), ("100%25", "100%"), ("a+b", "a+b"), ("plain", "plain"), ("", "")]
        {
            assert_eq!(percent_decode(text).as_deref(), Some(decoded), "{text}");
        }
        for broken in ["%", "a%", "a%2", "%zz", "%+1", "% 1", "%-1", "%ff", "%c3", "%2é"] {
            assert_eq!(percent_decode(broken), None, "{broken}");
        }
    }
}
