//! HTTP in, HTTP out: what a request says beside its verb, and how an answer is written.

pub(crate) mod absent;
pub(crate) mod body;
pub(crate) mod negotiation;
pub(crate) mod path;
pub(crate) mod query;
pub(crate) mod respond;
