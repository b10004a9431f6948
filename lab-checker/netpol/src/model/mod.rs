//! The words of the house: a cluster at one moment, its policies, the flows and queries that people ask about,
//! and the verdicts that come out.

pub(crate) mod cluster_policy;
pub(crate) mod direction;
pub(crate) mod directory;
pub(crate) mod endpoint;
pub(crate) mod parse_error;
pub(crate) mod phrases;
pub(crate) mod pod_order;
pub(crate) mod policy;
pub(crate) mod port;
pub(crate) mod query;
pub(crate) mod selector;
pub(crate) mod selector_text;
pub(crate) mod snapshot;
pub(crate) mod verdict;
