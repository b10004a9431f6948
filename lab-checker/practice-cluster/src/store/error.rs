//! What can go wrong with a cluster as a whole. What goes wrong with one request is a [`Status`].

use crate::status::Status;
use crate::store::cluster_id::ClusterId;
use crate::store::world::World;

/// Why clusters cannot be opened or reached.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The database failed.
    #[error("the practice clusters' database failed")]
    Storage(#[from] sqlx::Error),
    /// A newer program has changed the tables.
    #[error("the practice clusters in this database were stored by a newer version of this program")]
    Newer,
    /// A stored object cannot be read.
    #[error("a stored object of a practice cluster cannot be read")]
    Corrupt(#[from] serde_json::Error),
    /// How a world is set up is not known to this version.
    #[error("a practice cluster has the setup `{0}`, which this version does not know")]
    Setup(String),
    /// No such cluster.
    #[error("there is no practice cluster {}", .0.in_logs())]
    Unknown(ClusterId),
    /// The world has not begun.
    #[error("{world} of practice cluster {gate} has not begun")]
    NotBegun {
        /// The gate.
        gate: ClusterId,
        /// The world.
        world: World,
    },
    /// The cluster refused.
    #[error(transparent)]
    Refused(#[from] Status),
}
