//! How a stored object is named, and how its versions are counted.

use std::sync::Arc;

use serde_json::Value;

use crate::resource::{self, Resource};
use crate::store::object;

/// A revision of one cluster: rises by one with every change, and is never used twice.
pub type Revision = u64;

/// The name of one stored object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    resource: u16,
    namespace: Arc<str>,
    name: Arc<str>,
}

impl Key {
    /// The key of a named object; `namespace` is empty for cluster-scoped kinds.
    pub(crate) fn new(resource: &'static Resource, namespace: &str, name: &str) -> Self {
        Self { resource: resource::index(resource), namespace: namespace.into(), name: name.into() }
    }

    /// The key of `object`; `None` when its kind is not served.
    pub(crate) fn of(object: &Value) -> Option<Self> {
        let resource = resource::by_kind(object::api_version(object), object::kind(object))?;
        Some(Self::new(resource, object::namespace(object), object::name(object)))
    }

    /// The kind.
    pub(crate) fn resource(&self) -> &'static Resource {
        resource::at(self.resource)
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
