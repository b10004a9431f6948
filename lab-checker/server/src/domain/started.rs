//! Whether a learner has started a lab.

use course::Lab;
use serde_json::Value;

use super::objects::{name, text};

/// Whether the lab was started: most of what the learner may not change is there. Not all of it, because
/// somebody who deletes a pod is to be told so by the check; and not any of it, because labs share names.
pub(crate) fn has_start(lab: &Lab, objects: &[Value]) -> bool {
    let wanted =
        lab.start_objects().iter().filter(|object| !lab.may_change.iter().any(|kind| kind == text(object, "/kind")));
    let (mut all, mut found) = (0, 0);
    for wanted in wanted {
        all += 1;
        found += usize::from(objects.iter().any(|object| is_same(object, wanted)));
    }
    found * 2 > all
}

fn is_same(object: &Value, wanted: &Value) -> bool {
    let namespace = text(wanted, "/metadata/namespace");
    text(object, "/kind") == text(wanted, "/kind")
        && name(object) == name(wanted)
        && (namespace.is_empty() || text(object, "/metadata/namespace") == namespace)
}
