//! Which kinds there are, what they are made of, and objects read against that as the API server reads
//! them.
//!
//! Floors: `cluster_network_policy`, `definitions` (all schemas are made there), then `shape` and `decode` (Go's strict
//! reading) beside `additions` and [`openapi`] (merging and documents).

mod additions;
mod cluster_network_policy;
mod decode;
mod definitions;
pub mod openapi;
mod shape;

pub(crate) use cluster_network_policy::CLUSTER_NETWORK_POLICY;
pub use decode::{BadRequest, Decoded, FieldValidation, decode};
pub(crate) use decode::{Findings, UnknownField, WrongType, inspect};
#[cfg(test)]
pub(crate) use shape::find;
pub(crate) use shape::{Shape, kinds};
