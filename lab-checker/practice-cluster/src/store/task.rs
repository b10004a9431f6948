//! What is planned in a write and done later.

use crate::store::state::Key;

/// Work for later, in a write of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Task {
    /// Remove a namespace that is terminating and empty.
    FinishNamespace(String),
    /// Start the crashed or unpullable containers of a pod again, or the next pod of a Job.
    Retry {
        /// The pod or Job.
        object: Key,
        /// Its uid: a new object of the same name is another object.
        uid: String,
    },
    /// Remove a finished Job whose time to live is over.
    RemoveFinished {
        /// The Job.
        job: Key,
        /// Its uid.
        uid: String,
    },
    /// Go on with the workloads whose pods were too many for one write.
    MakePods,
}
