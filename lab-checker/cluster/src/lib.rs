//! Any Kubernetes cluster through [`kube::Client`]: its objects, its changes, labs on it, which
//! network plugin it runs, and probes inside its pods.
//!
//! A practice cluster and a cluster of one's own go the same way. Nothing here judges traffic: what
//! is read goes through `manifest` into the engine.

mod authority;
mod clean;
mod client;
mod connect;
mod definitions;
mod enforcement;
mod error;
mod events;
mod exec;
mod heard;
mod kubeconfig;
mod lab;
mod lent;
mod life;
mod moment;
mod network_plugin;
mod other_policies;
mod ours;
mod pages;
mod part;
mod patience;
mod plugin;
mod prefix;
mod progress;
mod proxy;
mod read;
mod ready;
mod request;
mod resource;
mod retry;
mod suited;
mod target;
mod token_file;
mod watch;
mod worlds;

pub use authority::{AuthorityError, authority_at, certificates};
pub use clean::{Remains, remains, remove};
pub use client::client;
pub use connect::{
    Connection, PRACTICE_CLUSTER_EXTENSION, connect, connect_through, connect_within, is_practice_named,
    without_password,
};
pub use enforcement::{
    Aspect, Blocked, Experiments, Patience, Proof, Step, Tried, prove_enforcement, prove_enforcement_by,
    remove_experiments,
};
pub use error::ClusterError;
pub use exec::{Inside, Output, Probe, exec, probe};
pub use lab::{in_the_way, remove_lab, start_lab};
pub use lent::lend_tool;
pub use network_plugin::{Enforcement, Enforces, NetworkPlugin, enforces, network_plugins};
pub use other_policies::OtherPolicies;
pub use ours::{Maker, Owner, is_of_this_lab};
pub use prefix::{Prefix, PrefixError, namespaces_of, without_prefix};
pub use progress::Progress;
pub use proxy::Proxies;
pub use read::{Reading, Unread, needed, objects, read, read_in};
pub use ready::wait_until_ready;
pub use target::{Target, Transport};
pub use watch::Live;
pub use worlds::{Beginning, SANDBOX, Worlds};
