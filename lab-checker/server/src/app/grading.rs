//! Running checks. They are pure computing, so they run on threads of their own, a few at a time:
//! a class that presses "check" at once waits a little, and pages stay quick.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task, time,
};

use crate::problem::Problem;

/// How long a check waits for its turn before the learner is told to try again.
const PATIENCE: Duration = Duration::from_secs(20);

/// The turns.
#[derive(Debug)]
pub(crate) struct Grading {
    turns: Arc<Semaphore>,
}

/// The right to compute.
#[derive(Debug)]
pub(crate) struct Turn(#[expect(dead_code, reason = "it is held, not read")] OwnedSemaphorePermit);

impl Grading {
    pub(crate) fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(cores())) }
    }

    /// Compute something heavy, when it is its turn.
    pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        compute(self.turn().await?, work).await
    }

    /// Wait for a turn.
    pub(crate) async fn turn(&self) -> Result<Turn, Problem> {
        turn(&self.turns).await
    }
}

/// How much can be computed at once.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Wait for a turn among these.
pub(crate) async fn turn(turns: &Arc<Semaphore>) -> Result<Turn, Problem> {
    let turn = time::timeout(PATIENCE, Arc::clone(turns).acquire_owned()).await.map_err(|_| Problem::busy())?;
    Ok(Turn(turn.map_err(|_| Problem::busy())?))
}

/// Compute something heavy. The turn ends with the work, even when nobody waits for its result any more.
pub(crate) async fn compute<T: Send + 'static>(
    turn: impl Send + 'static,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let done = task::spawn_blocking(move || {
        let done = work();
        drop(turn);
        done
    });
    done.await.map_err(|error| {
        tracing::error!(%error, "a check panicked");
        Problem::failed()
    })
}
