//! Which kinds there are, what they are made of, and objects read against that as the API server reads
//! them.

mod cluster_network_policy;
mod decode;
mod shape;

pub(crate) use cluster_network_policy::CLUSTER_NETWORK_POLICY;
pub use cluster_network_policy::cluster_network_policy_schema;
pub use decode::{BadRequest, Decoded, FieldValidation, decode};
pub(crate) use decode::{Findings, UnknownField, WrongType, inspect};
#[cfg(test)]
pub(crate) use shape::find;
pub(crate) use shape::{Shape, kinds};
