//! What lives in a cluster by itself: service accounts, endpoints, workloads, pods, the end of namespaces.
//! Controllers run inside the write that concerns them, so a reader never sees half a change.

mod claims;
mod containers;
mod daemon_sets;
mod deployments;
mod dispatch;
mod endpoints;
mod events;
pub(crate) mod fresh_cluster;
pub(crate) mod garbage_collection;
mod jobs;
mod namespaces;
pub(crate) mod network_plugin;
mod nodes;
mod owners;
mod pod_status;
mod pods;
mod probes;
mod replica_sets;
mod revisions;
mod scheduling;
mod stateful_sets;
#[cfg(test)]
mod tests;
mod volumes;
mod workloads;

pub(crate) use containers::{Exit, exited};
pub(crate) use dispatch::{CONTROLLERS, resume, wake};
pub(crate) use pod_status::running_containers;
