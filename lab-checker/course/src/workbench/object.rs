//! Objects of a lab's world: how an editor names them, and which of them are the learner's.

use serde_json::Value;

use crate::labs::{Lab, LabCni};

/// An object by its name. Of a kind that a lab lets learners change there is one of this name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedObject {
    /// `NetworkPolicy`.
    pub kind: String,
    /// Empty for what stands in none.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A text somewhere in an object; empty when there is none.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// Whether an editor shows objects of this kind: pods are made and removed, not edited.
#[must_use]
pub fn is_edited(kind: &str) -> bool {
    kind != "Pod"
}

/// What of these objects decides about packets: a network that ignores policies sees none.
#[must_use]
pub fn felt(mut objects: Vec<Value>, cni: LabCni) -> Vec<Value> {
    if cni == LabCni::None {
        objects.retain(|object| !text(object, "/kind").ends_with("NetworkPolicy"));
    }
    objects
}

/// Whether an object is the learner's to change: of a kind that the lab lets them change, and where the lab plays.
#[must_use]
pub fn is_own(lab: &Lab, kind: &str, namespace: &str, object: &str) -> bool {
    let mut starts = lab.start_objects().iter().filter(|object| text(object, "/kind") == "Namespace");
    let is_there = namespace.is_empty() || namespace == lab.namespace || starts.any(|start| name(start) == namespace);
    // Every namespace of a cluster has this one.
    is_there && lab.may_change.iter().any(|may| may == kind) && object != "kube-root-ca.crt"
}
