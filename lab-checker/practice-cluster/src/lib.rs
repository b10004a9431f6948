//! An embedded Kubernetes API, one cluster per learner, thousands in one process.
//!
//! kubectl and every client built on client-go or kube find here what a real API server gives them: the same
//! paths, tables, patches, watches and error messages. Pods do not run anywhere; what a learner sees of them
//! (phases, addresses, a shell, what reaches what) is answered from the stored objects and from `netpol`.

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

pub use clusters::kubeconfig::MARK as KUBECONFIG_MARK;
pub use clusters::practice_clusters::{Options, PracticeClusters};
pub use settings::{Enforcement, Limits};
pub use status::{Cause, Status};
pub use store::cluster_id::ClusterId;
pub use store::database::Backend as Storage;
pub use store::error::ClusterError;
pub use store::state::Revision;
