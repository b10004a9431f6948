//! An embedded Kubernetes API, one cluster per learner, thousands in one process.
//!
//! kubectl and every client built on client-go or kube find here what a real API server gives them: the same
//! paths, tables, patches, watches and error messages. Pods do not run anywhere; what a learner sees of them
//! (phases, addresses, a shell, what reaches what) is answered from the stored objects, by `pod` and by `netpol`.
//!
//! A folder is a floor: it uses those above it in this table, and none below. Every floor uses the kinds
//! (`resource`), the refusals (`status`) and the `settings`.
//!
//! | folder | what stands in it | uses |
//! |---|---|---|
//! | `store` | what a cluster holds, the transaction that changes it, its history, and the database that keeps it | |
//! | `incoming` | what an object goes through before it is stored, whoever sends it | `store` |
//! | `controllers` | what answers a change with further changes, inside the same write | `incoming` |
//! | `node` | the processes, logs, files and network of the pods | `controllers` |
//! | `clusters` | gates, the worlds behind them, and how one becomes current; a world is a cluster | `node` |
//! | `api` | the Kubernetes API over HTTP: verbs, apply, printers, discovery, OpenAPI, exec | `clusters` |
//!
//! The last column has the nearest floor alone: whatever it uses may be used too.

mod api;
mod clusters;
mod controllers;
mod incoming;
mod node;
mod resource;
mod settings;
mod status;
mod store;
#[cfg(test)]
mod testing;

pub use api::exec::{Command, Pings, Ran};
pub use api::log::{log_panic, path_in_logs, request_span};
pub use api::rehearsal::{Rehearsal, Version};
pub use api::workstation::{Desk, Home, Left, Workstation};
pub use clusters::admission::Admission;
pub use clusters::kubeconfig::{Access, MARK as KUBECONFIG_MARK};
pub use clusters::practice_clusters::{Options, PracticeClusters};
pub use settings::{Enforcement, Limits, LimitsOfAll};
pub use status::{Cause, Status};
pub use store::cluster_id::ClusterId;
pub use store::database::{
    Backend as Storage, VERSIONS, Writers, Writing, is_about_the_row, migrate_to, newest_schema,
};
pub use store::error::ClusterError;
pub use store::state::Revision;
pub use store::world::World;
