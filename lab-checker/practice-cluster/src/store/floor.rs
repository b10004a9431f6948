//! Objects in a world that has become the current one of its gate: they appear to be no older than that.

use std::borrow::Cow;

use serde_json::Value;

use crate::store::key::Revision;
use crate::store::object::{metadata_mut, metadata_str};

/// The object as somebody sees it to whom nothing is older than `floor`: a lower resourceVersion is that of something
/// else, in another world.
pub(crate) fn since(object: &Value, floor: Revision) -> Cow<'_, Value> {
    // Most clusters have no floor at all.
    if floor == 0 || metadata_str(object, "resourceVersion").parse().is_ok_and(|revision: Revision| revision >= floor) {
        return Cow::Borrowed(object);
    }
    let mut object = object.clone();
    metadata_mut(&mut object).insert("resourceVersion".into(), floor.to_string().into());
    Cow::Owned(object)
}
