//! Who has a terminal open: each is a shell in this process, so that one learner has a few and all of them not too many.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::http::StatusCode;

use crate::problem::Problem;

/// How many one learner may have open.
const EACH: usize = 3;
/// How many there may be.
const ALL: usize = 500;

/// The terminals that are open. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Terminals(Arc<Mutex<HashMap<String, usize>>>);

/// The place of an open terminal; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    learner: String,
    terminals: Terminals,
}

impl Terminals {
    /// A place for one more.
    pub(crate) fn open(&self, learner: &str) -> Result<Place, Problem> {
        let mut open = self.counts();
        let own = open.get(learner).copied().unwrap_or(0);
        if own >= EACH {
            return Err(full(format!("you have {EACH} terminals open; close one first")));
        }
        if open.values().sum::<usize>() >= ALL {
            return Err(full("too many terminals are open on this server; try again in a few minutes".to_owned()));
        }
        open.insert(learner.to_owned(), own + 1);
        Ok(Place { learner: learner.to_owned(), terminals: self.clone() })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.terminals.counts();
        match open.get_mut(&self.learner) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(open.remove(&self.learner)),
        }
    }
}

fn full(detail: String) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too-many-terminals", "Too many terminals", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_learner_has_a_few_and_all_together_not_too_many() {
        let terminals = Terminals::default();
        let ada: Vec<Place> = (0..EACH).map(|_| terminals.open("ada").unwrap()).collect();
        assert_eq!(terminals.open("ada").unwrap_err().status().as_u16(), 429);
        let others: Vec<Place> = (EACH..ALL).map(|at| terminals.open(&at.to_string()).unwrap()).collect();
        assert_eq!(terminals.open("bob").unwrap_err().status().as_u16(), 429);
        drop(ada);
        terminals.open("bob").unwrap();
        terminals.open("ada").unwrap();
        drop(others);
        assert!(terminals.counts().is_empty());
    }
}
