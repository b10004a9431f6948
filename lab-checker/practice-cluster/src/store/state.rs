//! What one cluster holds at one revision. A state is cheap to copy (its map is persistent), so a reader
//! keeps a consistent snapshot for as long as it likes and a writer works on its own copy.

use std::sync::Arc;

use rpds::RedBlackTreeMapSync;
use serde_json::Value;

use crate::resource::{self, Resource};
use crate::settings::Used;
use crate::store::index::Index;
pub(crate) use crate::store::key::Key;
pub use crate::store::key::Revision;
use crate::store::object;
use crate::store::own_kinds::OwnKinds;

/// One change of one object, as a write makes it.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// The revision that this change made.
    pub revision: Revision,
    /// Which object.
    pub key: Key,
    /// The object before; `None` when it was created.
    pub before: Option<Arc<Value>>,
    /// The object after; `None` when it was deleted.
    pub after: Option<Arc<Value>>,
    /// What watchers see as the last state of a deleted object: with the revision of the deletion.
    pub last: Option<Arc<Value>>,
}

/// The kind of objects that define kinds.
const DEFINITION: &str = "CustomResourceDefinition";

/// Every object of a cluster at one revision.
#[derive(Debug, Clone)]
pub(crate) struct State {
    objects: RedBlackTreeMapSync<Key, Arc<Value>>,
    index: Index,
    own_kinds: OwnKinds,
    revision: Revision,
}

impl Default for State {
    fn default() -> Self {
        Self {
            objects: RedBlackTreeMapSync::new_sync(),
            index: Index::default(),
            own_kinds: OwnKinds::default(),
            revision: 1,
        }
    }
}

impl State {
    /// The latest revision.
    pub(crate) fn revision(&self) -> Revision {
        self.revision
    }

    /// How many objects there are.
    pub(crate) fn len(&self) -> usize {
        self.objects.size()
    }

    /// About how many bytes the objects take.
    pub(crate) fn bytes(&self) -> usize {
        self.index.bytes()
    }

    /// What it holds beyond what it began with.
    pub(crate) fn beyond(&self, baseline: &Self) -> Used {
        Used {
            objects: self.len().saturating_sub(baseline.len()),
            pods: self.index.pods().saturating_sub(baseline.index.pods()),
            bytes: self.bytes().saturating_sub(baseline.bytes()),
        }
    }

    /// Sums and indexes.
    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// The kinds that this cluster has defined.
    pub(crate) fn own_kinds(&self) -> &OwnKinds {
        &self.own_kinds
    }

    /// The kind of an object, as it is stored here.
    pub(crate) fn resource(&self, api_version: &str, kind: &str) -> Option<&Resource> {
        resource::by_kind(api_version, kind).or_else(|| self.own_kinds.by_kind(api_version, kind))
    }

    /// The key of an object, whose kind may be one of the cluster's own.
    pub(crate) fn key_of(&self, object: &Value) -> Option<Key> {
        let resource = self.resource(object::api_version(object), object::kind(object))?;
        Some(Key::new(resource, object::namespace(object), object::name(object)))
    }

    /// One object.
    pub(crate) fn get(&self, key: &Key) -> Option<&Arc<Value>> {
        self.objects.get(key)
    }

    /// One object by kind and name; `namespace` is empty for cluster-scoped kinds.
    pub(crate) fn find(&self, resource: &Resource, namespace: &str, name: &str) -> Option<&Arc<Value>> {
        self.get(&Key::new(resource, namespace, name))
    }

    /// The objects of a kind, in one namespace or in all, ordered by namespace and name.
    pub(crate) fn list<'a>(
        &'a self,
        resource: &Resource,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a Key, &'a Arc<Value>)> + 'a {
        let start = Key::new(resource, namespace.unwrap_or_default(), "");
        let wanted = start.clone();
        self.objects
            .range(start..)
            .take_while(move |(key, _)| key.is_like(&wanted) && namespace.is_none_or(|n| key.namespace() == n))
    }

    /// Every object.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Key, &Arc<Value>)> {
        self.objects.iter()
    }

    /// What names the object with this uid as its owner, ordered by kind, namespace and name.
    pub(crate) fn owned_by<'a>(&'a self, uid: &'a str) -> impl Iterator<Item = (&'a Key, &'a Arc<Value>)> + 'a {
        self.index.owned_by(uid).filter_map(|key| Some((key, self.get(key)?)))
    }

    /// The events about the object with this uid.
    pub(crate) fn events_about<'a>(&'a self, uid: &'a str) -> impl Iterator<Item = &'a Arc<Value>> + 'a {
        self.index.events_about(uid).filter_map(|key| self.get(key))
    }

    pub(crate) fn put(&mut self, key: Key, object: Arc<Value>) {
        if key.known_kind() == DEFINITION {
            self.own_kinds.replace(key.name(), Some(&object));
        }
        self.index.replace(&key, self.objects.get(&key).map(Arc::as_ref), Some(&object));
        self.objects.insert_mut(key, object);
    }

    pub(crate) fn remove(&mut self, key: &Key) {
        if let Some(old) = self.objects.get(key) {
            self.index.replace(key, Some(old), None);
            if key.known_kind() == DEFINITION {
                self.own_kinds.replace(key.name(), None);
            }
            self.objects.remove_mut(key);
        }
    }

    pub(crate) fn advance(&mut self) -> Revision {
        self.revision += 1;
        self.revision
    }

    pub(crate) fn set_revision(&mut self, revision: Revision) {
        self.revision = revision;
    }
}
