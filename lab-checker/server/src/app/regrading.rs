//! Who grades again: this server among several, and what wakes it.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;
use uuid::Uuid;

use crate::problem::Problem;

/// The task of this server that grades again.
#[derive(Debug)]
pub(crate) struct Regrading {
    /// What names this server among those on the same database.
    pub(crate) worker: String,
    /// There is something to do.
    pub(crate) wake: Notify,
    /// The last job that failed here, and why: whoever waits for it is told.
    failed: Mutex<Option<(String, Problem)>>,
}

impl Regrading {
    pub(crate) fn new() -> Self {
        Self { worker: Uuid::new_v4().to_string(), wake: Notify::new(), failed: Mutex::default() }
    }

    /// A job has failed.
    pub(crate) fn fail(&self, job: &str, problem: Problem) {
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some((job.to_owned(), problem));
    }

    /// The job that has failed, and why.
    pub(crate) fn failed(&self) -> Option<(String, Problem)> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Nothing has failed that anybody waits for.
    pub(crate) fn settle(&self) {
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
