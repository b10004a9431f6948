//! The gates of a process and the worlds behind them: each a cluster with its one place where writes wait for their
//! turn, all of them created, loaded and put away.

pub(crate) mod admission;
pub(crate) mod baseline;
pub(crate) mod cluster;
mod follower;
pub(crate) mod gate;
pub(crate) mod kubeconfig;
pub(crate) mod populate;
pub(crate) mod practice_clusters;
mod quota;
pub(crate) mod standing;
#[cfg(test)]
mod tests;
