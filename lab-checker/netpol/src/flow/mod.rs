//! One flow: its ends looked up, its policies evaluated rule by rule. This is the plain reading of the
//! API; `reachability` comes to the same verdicts in another way, and tests hold the two together.

mod evaluate;
mod route;
mod strangers;
mod trace;
mod unknown_endpoint;
mod verdict;

pub(crate) use evaluate::{evaluate, evaluate_rules};
pub(crate) use route::{Path, ResolvedEndpoint, Route, addresses_used, route};
pub(crate) use trace::{
    ClusterRuleTrace, ClusterTrace, Decided, Exempt, PeerMatch, PolicyTrace, RuleTrace, Side, Trace,
};
pub use unknown_endpoint::UnknownEndpoint;
