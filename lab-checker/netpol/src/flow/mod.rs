//! One flow: its ends looked up, its policies evaluated rule by rule.

pub(crate) mod evaluate;
pub(crate) mod route;
pub(crate) mod trace;
pub(crate) mod unknown_endpoint;
pub(crate) mod verdict;
