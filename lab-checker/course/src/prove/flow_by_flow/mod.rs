//! A second opinion on what reaches what: one concrete flow after the other, read straight from the JSON of the
//! policies. Nothing of it is shared with the engine's classes or with the comparison that a check makes, so that
//! it can prove them. Slow and plain on purpose.
//!
//! Host-network pods, a pod's flows to itself and a node's own flows are left undefined by the standard; they are
//! not judged.

mod addresses;
mod cluster;
mod difference;
mod endpoint;
mod policy;
mod ports;
mod selector;
mod strangers;
mod universe;
mod verdict;

#[cfg(test)]
mod tests;

pub(super) use difference::Reference;
pub(super) use endpoint::{Endpoint, Kind};
pub(super) use ports::{Port, Protocol};
