//! What lasts: terminals, each a shell in this process, and streams of events, each a page that is looked at again with
//! every change. One learner has a few, and all of them not too many.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::http::StatusCode;

use crate::problem::Problem;

/// What is open of one kind. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Lasting {
    /// What they are called.
    what: &'static str,
    /// How many one learner may have open.
    each: usize,
    /// How many there may be.
    all: usize,
    open: Arc<Mutex<HashMap<String, usize>>>,
}

/// The place of something open; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    learner: String,
    lasting: Lasting,
}

impl Lasting {
    /// Terminals.
    pub(crate) fn terminals() -> Self {
        Self { what: "terminals", each: 3, all: 500, open: Arc::default() }
    }

    /// Streams of events: a few tabs for each learner.
    pub(crate) fn streams() -> Self {
        Self { what: "event streams", each: 12, all: 4_000, open: Arc::default() }
    }

    /// A place for one more.
    pub(crate) fn open(&self, learner: &str) -> Result<Place, Problem> {
        let Self { what, each, all, .. } = self;
        let mut open = self.counts();
        let own = open.get(learner).copied().unwrap_or(0);
        if own >= *each {
            return Err(full(format!("you have {each} {what} open; close one first")));
        }
        if open.values().sum::<usize>() >= *all {
            return Err(full(format!("too many {what} are open on this server; try again in a few minutes")));
        }
        open.insert(learner.to_owned(), own + 1);
        Ok(Place { learner: learner.to_owned(), lasting: self.clone() })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.lasting.counts();
        match open.get_mut(&self.learner) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(open.remove(&self.learner)),
        }
    }
}

fn full(detail: String) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-open", "Too many are open", detail).after(60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_learner_has_a_few_and_all_together_not_too_many() {
        for lasting in [Lasting::terminals(), Lasting::streams()] {
            let (each, all) = (lasting.each, lasting.all);
            let ada: Vec<Place> = (0..each).map(|_| lasting.open("ada").unwrap()).collect();
            assert_eq!(lasting.open("ada").unwrap_err().status().as_u16(), 429);
            let others: Vec<Place> = (each..all).map(|at| lasting.open(&at.to_string()).unwrap()).collect();
            assert_eq!(lasting.open("bob").unwrap_err().status().as_u16(), 429);
            drop(ada);
            lasting.open("bob").unwrap();
            lasting.open("ada").unwrap();
            drop(others);
            assert!(lasting.counts().is_empty());
        }
    }
}
