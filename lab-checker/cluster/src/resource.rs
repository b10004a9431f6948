//! The kinds that are read from and written to clusters, and where the API serves them.

use manifest::kinds::{self, KINDS, Kind};
use serde_json::Value;

/// Everything that a snapshot or a check may ask for.
pub(crate) fn read_by_checks() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(|kind| kind.need.is_some())
}

/// A kind that stands in the table, by its name.
///
/// # Panics
/// When it does not; callers name constants.
pub(crate) fn known(name: &str) -> &'static Kind {
    kinds::named(name).expect("the kind stands in the table")
}

/// The path of all objects of a kind, in one namespace or in all.
pub(crate) fn path(kind: &Kind, namespace: Option<&str>) -> String {
    let root = if kind.group.is_empty() { "/api/" } else { "/apis/" };
    let api_version = kind.api_version();
    match namespace.filter(|_| kind.namespaced) {
        Some(namespace) => format!("{root}{api_version}/namespaces/{namespace}/{}", kind.plural),
        None => format!("{root}{api_version}/{}", kind.plural),
    }
}

/// The path of all objects like this one, in its namespace; kinds that are not listed here follow the API's
/// habits.
pub(crate) fn path_of(object: &Value) -> String {
    let id = manifest::ObjectId::of(object);
    let api_version = object["apiVersion"].as_str().unwrap_or_default();
    match kinds::of(object).filter(|known| known.api_version() == api_version) {
        Some(known) => path(known, id.namespace.as_deref()),
        None => {
            let root = if api_version.contains('/') { "/apis" } else { "/api" };
            let scope = id.namespace.as_ref().map(|namespace| format!("/namespaces/{namespace}")).unwrap_or_default();
            format!("{root}/{api_version}{scope}/{}", plural(&id.kind))
        }
    }
}

fn plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    match lower.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if lower.ends_with('s') => format!("{lower}es"),
        None => format!("{lower}s"),
    }
}
