//! What can go wrong with a cluster as a whole. What goes wrong with one request is a [`Status`].

use crate::status::Status;
use crate::store::cluster_id::ClusterId;

/// Why clusters cannot be opened or reached.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The database failed.
    #[error("the practice clusters' database failed")]
    Storage(#[from] sqlx::Error),
    /// A stored object cannot be read.
    #[error("a stored object of a practice cluster cannot be read")]
    Corrupt(#[from] serde_json::Error),
    /// No such cluster.
    #[error("there is no practice cluster {}", .0.in_logs())]
    Unknown(ClusterId),
    /// The cluster refused.
    #[error(transparent)]
    Refused(#[from] Status),
}
