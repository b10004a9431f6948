//! Any Kubernetes cluster through [`kube::Client`]: its objects, its changes, labs on it, which
//! network plugin it runs, and probes inside its pods.
//!
//! A practice cluster and a cluster of one's own go the same way. Nothing here judges traffic: what
//! is read goes through `manifest` into the engine.

mod connect;
mod enforcement;
mod error;
mod exec;
mod lab;
mod network_plugin;
mod other_policies;
mod read;
mod request;
mod resource;
mod watch;

pub use connect::{Connection, PRACTICE_CLUSTER_EXTENSION, connect};
pub use enforcement::{Proof, prove_enforcement};
pub use error::ClusterError;
pub use exec::{Output, Probe, exec, probe};
pub use lab::{Progress, remove_lab, start_lab, wait_until_ready};
pub use network_plugin::{Enforcement, NetworkPlugin, network_plugins};
pub use other_policies::OtherPolicies;
pub use read::{Reading, Unread, objects, read};
pub use watch::changes;
