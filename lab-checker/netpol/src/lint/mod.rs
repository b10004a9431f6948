//! What is suspicious about a cluster's policies.

pub(crate) mod cluster_policies;
pub(crate) mod dns;
pub(crate) mod finding;
pub(crate) mod peers;
pub(crate) mod pods;
pub(crate) mod ports;
pub(crate) mod redundant_rules;
pub(crate) mod run;
pub(crate) mod unlisted;
