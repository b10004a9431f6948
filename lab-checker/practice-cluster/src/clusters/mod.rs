//! The clusters of a process: each with its one gate for writes, all of them created, loaded and put away.

pub(crate) mod baseline;
pub(crate) mod cluster;
pub(crate) mod kubeconfig;
pub(crate) mod practice_clusters;
