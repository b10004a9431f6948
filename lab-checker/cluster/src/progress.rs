//! What a cluster is busy with.

use manifest::ObjectId;

/// What is being done, for a progress line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A namespace of an earlier run is being deleted.
    Deleting(String),
    /// An object is being created.
    Creating(ObjectId),
    /// The doctor tries what a policy about this does.
    Trying(String),
    /// Pods are starting.
    Starting {
        /// Pods that are ready.
        ready: usize,
        /// All pods.
        pods: usize,
    },
}
