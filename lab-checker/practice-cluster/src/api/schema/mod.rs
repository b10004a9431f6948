//! The shape of every kind: its fields, what merges by which key, what is replaced as a whole.
//!
//! The definitions come from k8s-openapi, which has the upstream descriptions; what it leaves out (list
//! types, merge keys) is added from `lists.txt`. The OpenAPI documents, strategic merge patches and
//! server-side apply all read this one set of definitions.

mod additions;
mod definitions;
mod shape;

pub(crate) use shape::{ListType, Schema, definition_name, definitions};
