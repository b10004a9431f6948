//! Running checks. They are pure computing, so they run on threads of their own, a few at a time:
//! a class that presses "check" at once waits a little, and pages stay quick.

use std::time::Duration;

use tokio::{sync::Semaphore, task, time};

use crate::problem::Problem;

/// How long a check waits for its turn before the learner is told to try again.
const PATIENCE: Duration = Duration::from_secs(20);

/// The turns.
#[derive(Debug)]
pub(crate) struct Grading {
    turns: Semaphore,
}

impl Grading {
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { turns: Semaphore::new(cores) }
    }

    /// Compute something heavy, when it is its turn.
    pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let turn = time::timeout(PATIENCE, self.turns.acquire()).await.map_err(|_| Problem::busy())?;
        let _turn = turn.map_err(|_| Problem::busy())?;
        task::spawn_blocking(work).await.map_err(|error| {
            tracing::error!(%error, "a check panicked");
            Problem::failed()
        })
    }
}
