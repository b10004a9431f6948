//! A world that a server has sent to a page: objects of a cluster, in which a draft is tried out. Policies and ConfigMaps
//! are all that most drafts hold, and no controller answers those; what needs more of a cluster is left to the server.

use manifest::kinds::{self, Kind};
use manifest::{ObjectId, Source};
use serde_json::Value;

use super::object::{NamedObject, text};
use super::page_world::PageWorld;
use super::world::{Refusal, World};

/// What people write in `metadata`; an API server does something of its own with the rest.
const PLAIN_METADATA: [&str; 4] = ["name", "namespace", "labels", "annotations"];

/// The objects, and whether something was asked of them that only a cluster knows.
pub(super) struct SentWorld<'a> {
    world: PageWorld,
    is_beyond: &'a mut bool,
}

impl<'a> SentWorld<'a> {
    pub(super) fn new(world: PageWorld, is_beyond: &'a mut bool) -> Self {
        Self { world, is_beyond }
    }

    fn is_plain(&self, object: &Value) -> bool {
        let metadata = object["metadata"].as_object().into_iter().flatten();
        kinds::of(object).is_some_and(is_plain)
            && metadata.map(|(key, _)| key.as_str()).all(|key| PLAIN_METADATA.contains(&key))
            && !self.world.is_ending(&ObjectId::of(object))
    }
}

impl World for SentWorld<'_> {
    fn source(&self) -> Source {
        self.world.source()
    }

    fn objects(&self) -> Vec<Value> {
        self.world.objects()
    }

    fn apply(&mut self, object: &Value) -> Result<(), Refusal> {
        *self.is_beyond |= kinds::of(object).is_some() && !self.is_plain(object);
        self.world.apply(object)
    }

    fn remove(&mut self, object: &NamedObject) -> bool {
        let is_plain = kinds::named(&object.kind).is_some_and(is_plain);
        *self.is_beyond |= !is_plain || self.world.objects().iter().any(|there| is_kept(there, object));
        self.world.remove(object)
    }
}

/// Whether objects of a kind stand for themselves: what becomes of one is what it says.
fn is_plain(kind: &Kind) -> bool {
    kind.is_policy() || kind.name == "ConfigMap"
}

/// Whether somebody has asked a cluster to wait before this object goes.
fn is_kept(there: &Value, object: &NamedObject) -> bool {
    there["metadata"].get("finalizers").is_some()
        && text(there, "/kind") == object.kind
        && text(there, "/metadata/namespace") == object.namespace
        && text(there, "/metadata/name") == object.name
}
