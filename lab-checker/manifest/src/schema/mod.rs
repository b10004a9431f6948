//! Which kinds there are, what they are made of, and objects read against that as the API server reads
//! them.
//!
//! Floors: `cluster_network_policy`, `definitions` (all schemas are read there; `made_ahead` tests what they are read
//! from), then `shape` and `decode` (Go's strict reading) beside `additions` and [`openapi`] (merging and documents).

mod additions;
mod cluster_network_policy;
mod decode;
mod definitions;
#[cfg(test)]
mod made_ahead;
pub mod openapi;
mod shape;

pub(crate) use cluster_network_policy::CLUSTER_NETWORK_POLICY;
pub use decode::{BadRequest, Decoded, FieldValidation, decode};
pub(crate) use decode::{Findings, UnknownField, WrongType, inspect};
#[cfg(test)]
pub(crate) use shape::find;
pub(crate) use shape::{Shape, kinds};
