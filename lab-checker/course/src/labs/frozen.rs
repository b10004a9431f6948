//! What a learner must leave alone.

use std::collections::BTreeSet;

use manifest::ObjectId;
use manifest::kinds::{self, Kind};
use serde_json::Value;

/// Which objects of a lab's start must stay.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frozen {
    pub(crate) objects: Vec<(ObjectId, Value)>,
}

impl Frozen {
    /// The objects of the start, of kinds that every snapshot holds, that are not of a kind that may change, and the ones that are named.
    pub(crate) fn new(start: &[Value], may_change: &[String], named: &BTreeSet<String>) -> Self {
        let objects = start
            .iter()
            .map(|object| (ObjectId::of(object), object))
            .filter(|(id, _)| kinds::find(&id.group, &id.kind).is_some_and(Kind::is_changeable))
            .filter(|(id, _)| !may_change.contains(&id.kind) || named.contains(&id.to_string()))
            .map(|(id, object)| (id, object.clone()))
            .collect();
        Self { objects }
    }

    /// Whether nothing must stay.
    pub(crate) fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }
}
