//! An embedded Kubernetes API, one cluster per learner, thousands in one process.
//!
//! kubectl and every client built on client-go or kube find here what a real API server gives them: the same
//! paths, tables, patches, watches and error messages. Pods do not run anywhere; what a learner sees of them
//! (phases, addresses, a shell, what reaches what) is answered from the stored objects and from `netpol`.

mod admission;
mod apply;
mod baseline;
mod bulk;
mod canonical;
mod cluster;
mod clusters;
mod container;
mod controllers;
mod discovery;
mod exec;
mod history;
mod http;
mod image;
mod index;
mod key;
mod kubeconfig;
mod network;
mod object;
mod openapi;
mod ownership;
mod patch;
mod programs;
mod protobuf;
mod resource;
mod runtime;
mod schema;
mod selector;
mod server_info;
mod settings;
mod shell;
mod state;
mod status;
mod storage;
mod streams;
mod table;
#[cfg(test)]
mod testing;
mod transaction;
mod verbs;

pub use clusters::{ClusterError, ClusterId, Options, PracticeClusters};
pub use kubeconfig::MARK as KUBECONFIG_MARK;
pub use settings::{Enforcement, Limits};
pub use state::Revision;
pub use status::{Cause, Status};
pub use storage::Backend as Storage;
