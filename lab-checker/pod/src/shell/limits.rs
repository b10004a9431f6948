//! What the scripts of one session may use. A pod here is no container with limits of its own, so that a
//! fork bomb, an endless recursion or a variable that doubles must end in the shell that runs it: with the
//! message that a real shell prints when its container has nothing left.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::container::Container;

/// How deep functions, groups, `$( … )` and programs that run programs may nest: each level takes a part of a
/// thread's stack.
pub(crate) const DEPTH: u32 = 50;
/// How many shells of one session run at once, as a limit on process ids has it.
const PROCESSES: u32 = 128;
/// The most bytes of one value, and of the arguments of one command.
pub(super) const TEXT: usize = 128 * 1024;
/// The most bytes of all variables of a shell.
pub(super) const VARIABLES: usize = 256 * 1024;
/// How many functions a shell may know.
pub(super) const FUNCTIONS: usize = 500;
/// How many commands run before a shell pauses for a moment, so that an endless loop in one pod costs its
/// neighbours nothing.
const STEPS_PER_PAUSE: u32 = 50;

/// What the shells of one session share.
#[derive(Debug, Default)]
pub struct Load {
    processes: AtomicU32,
    steps: AtomicU32,
    /// How many shells read from the session's terminal, each started by the one before.
    pub(super) terminals: AtomicU32,
}

/// The place of one running shell; it is free again when this is dropped.
pub(super) struct Place(Arc<Container>);

impl Place {
    /// A place, when one is left.
    pub(super) fn take(container: &Arc<Container>) -> Option<Self> {
        let before = container.load.processes.fetch_add(1, Ordering::Relaxed);
        // Dropping it gives the place back, here too.
        let place = Self(Arc::clone(container));
        (before < PROCESSES).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.load.processes.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Load {
    /// Pauses now and then, the longer the more shells there are.
    pub(super) async fn step(&self) {
        let before = self.steps.fetch_add(1, Ordering::Relaxed);
        if before % STEPS_PER_PAUSE == STEPS_PER_PAUSE - 1 {
            let shells = self.processes.load(Ordering::Relaxed).max(1);
            tokio::time::sleep(std::time::Duration::from_millis(u64::from(shells))).await;
        }
    }
}
