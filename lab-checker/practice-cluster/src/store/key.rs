//! How a stored object is named, and how its versions are counted.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use crate::resource::{self, Resource};
use crate::store::object;

/// A revision of one cluster: rises by one with every change, and is never used twice.
pub type Revision = u64;

/// Which kind a key is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum OfKind {
    /// One of the table: its position there.
    Known(u16),
    /// One of the cluster's own: its name, `backups.stores.example.com`.
    Own(Arc<str>),
}

/// The name of one stored object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    kind: OfKind,
    namespace: Arc<str>,
    name: Arc<str>,
}

impl Key {
    /// The key of a named object; `namespace` is empty for cluster-scoped kinds.
    pub(crate) fn new(resource: &Resource, namespace: &str, name: &str) -> Self {
        let kind = match resource::index(resource) {
            Some(position) => OfKind::Known(position),
            None => OfKind::Own(resource.qualified().into()),
        };
        Self { kind, namespace: namespace.into(), name: name.into() }
    }

    /// The same of a kind by its qualified name, as databases have it.
    pub(crate) fn named(kind: &str, namespace: &str, name: &str) -> Self {
        let kind = resource::position(kind).map_or_else(|| OfKind::Own(kind.into()), OfKind::Known);
        Self { kind, namespace: namespace.into(), name: name.into() }
    }

    /// The key of `object`; `None` when not every cluster serves its kind.
    pub(crate) fn of(object: &Value) -> Option<Self> {
        let resource = resource::by_kind(object::api_version(object), object::kind(object))?;
        Some(Self::new(resource, object::namespace(object), object::name(object)))
    }

    /// The kind, unless it is one of the cluster's own.
    pub(crate) fn resource(&self) -> Option<&'static Resource> {
        match self.kind {
            OfKind::Known(position) => Some(resource::at(position)),
            OfKind::Own(_) => None,
        }
    }

    /// The name of the kind, such as `Pod`; empty when it is one of the cluster's own.
    pub(crate) fn known_kind(&self) -> &'static str {
        self.resource().map_or("", |resource| &*resource.kind)
    }

    /// The kind's name with its group, `networkpolicies.networking.k8s.io`.
    pub(crate) fn qualified(&self) -> Cow<'_, str> {
        match &self.kind {
            OfKind::Known(position) => Cow::Owned(resource::at(*position).qualified()),
            OfKind::Own(name) => Cow::Borrowed(name),
        }
    }

    /// Whether it is an object of the same kind.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.kind == other.kind
    }

    /// The namespace, empty for cluster-scoped kinds.
    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}
