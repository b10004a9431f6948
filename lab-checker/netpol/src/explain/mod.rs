//! Why a flow is allowed or blocked, in words.

pub(crate) mod explanation;
pub(crate) mod mismatch;
pub(crate) mod nearest_miss;
pub(crate) mod notes;
pub(crate) mod path;
pub(crate) mod port_miss;
pub(crate) mod route;
pub(crate) mod service;
pub(crate) mod summary;
pub(crate) mod text;
pub(crate) mod wish;
