//! Lowering: from Kubernetes objects to the engine's own types, which cannot be wrong any more.
//!
//! Objects of a cluster are taken as they are. Objects from files first get what a cluster would
//! have given them: pods for workloads, addresses, the namespaces they stand in.

mod addresses;
mod cluster_policy;
mod fields;
mod network;
mod policy;
mod problem;
mod snapshot;
mod source;
mod workload;

pub use problem::{LowerError, ObjectProblem};
pub use snapshot::{lower, lower_each};
pub use source::Source;

#[cfg(test)]
mod tests;
