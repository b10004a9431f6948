//! The cluster as its node knows it: what can be asked of it, and what it is told.

use crate::controllers::Exit;
use crate::store::state::{Key, State};

/// The end of a container's main process.
pub(crate) struct Ended {
    /// The pod.
    pub(crate) pod: Key,
    /// Its uid: a new pod of the same name is another pod.
    pub(crate) uid: String,
    /// The container.
    pub(crate) container: String,
    /// How it ended.
    pub(crate) exit: Exit,
}

/// A way to the cluster that does not keep it in memory.
pub(crate) struct Host {
    state: Box<dyn Fn() -> Option<State> + Send + Sync>,
    ended: Box<dyn Fn(Ended) + Send + Sync>,
}

impl Host {
    /// `state` is the cluster as it is now, `None` once it has left memory; `ended` is told of processes.
    pub(crate) fn new(
        state: impl Fn() -> Option<State> + Send + Sync + 'static,
        ended: impl Fn(Ended) + Send + Sync + 'static,
    ) -> Self {
        Self { state: Box::new(state), ended: Box::new(ended) }
    }

    /// The cluster as it is now.
    pub(super) fn state(&self) -> Option<State> {
        (self.state)()
    }

    /// Tells the cluster that a process has ended.
    pub(super) fn ended(&self, ended: Ended) {
        (self.ended)(ended);
    }
}
