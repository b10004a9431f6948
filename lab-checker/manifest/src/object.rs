//! One Kubernetes object as it was read, and where it was read from.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::kinds;
use crate::text::Positions;

/// An object with the place it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The whole object, `apiVersion` and `kind` included.
    pub value: Value,
    /// Where it stands.
    pub origin: Origin,
}

/// Where an object stands: a file, and the position of each of its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file, as it was named; `-` is the standard input.
    pub file: Arc<str>,
    /// The places of the object's fields.
    pub positions: Positions,
}

/// Which object: what two objects must share to be the same one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId {
    /// The API group, empty for the core group: other makers have kinds of the same names.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The namespace, `default` when a namespaced object names none; `None` for what stands outside
    /// namespaces.
    pub namespace: Option<String>,
    /// The name; empty when it has none.
    pub name: String,
}

/// The label of what we have made in a cluster: its value is the lab. Only what carries it may be deleted.
pub const OWN_LABEL: &str = "lab-checker/lab";

/// Whether every cluster has a namespace of this name: objects may stand in it that are nobody's own.
#[must_use]
pub fn is_in_every_cluster(namespace: &str) -> bool {
    namespace == "default" || namespace.starts_with("kube-")
}

impl ObjectId {
    /// What this object is called.
    #[must_use]
    pub fn of(object: &Value) -> Self {
        let (group, kind) = kinds::group_and_name(object);
        let namespace = Self::namespace_of(object).map(str::to_owned);
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        Self { group: group.to_owned(), kind: kind.to_owned(), namespace, name }
    }

    /// The namespace that this object stands in, as far as it stands in one.
    #[must_use]
    pub fn namespace_of(object: &Value) -> Option<&str> {
        let (_, kind) = kinds::group_and_name(object);
        kinds::is_namespaced(kind).then(|| {
            let given = object["metadata"]["namespace"].as_str().filter(|namespace| !namespace.is_empty());
            given.unwrap_or("default")
        })
    }

    /// Whether this object is the one; nothing is copied.
    #[must_use]
    pub fn is_of(&self, object: &Value) -> bool {
        self.name == object["metadata"]["name"].as_str().unwrap_or_default()
            && kinds::group_and_name(object) == (self.group.as_str(), self.kind.as_str())
            && self.namespace.as_deref() == Self::namespace_of(object)
    }

    /// Whether it stands where objects of others stand too: outside of namespaces, or in one that every
    /// cluster has. A Namespace of one's own does not.
    #[must_use]
    pub fn is_among_others(&self) -> bool {
        match &self.namespace {
            None if self.kind == "Namespace" => is_in_every_cluster(&self.name),
            None => true,
            Some(namespace) => is_in_every_cluster(namespace),
        }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}
