//! Places of which one cluster has a few and all clusters of a process not too many: for watches, sessions and running
//! processes.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places of one kind.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    own: Arc<Semaphore>,
    of_all: Arc<Semaphore>,
}

/// A place that is taken; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _own: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// The cluster has as many as it may.
    Own,
    /// All clusters together have.
    All,
}

impl Places {
    /// So many of one cluster among those of all.
    pub(crate) fn new(own: usize, of_all: &Arc<Semaphore>) -> Self {
        Self { own: Arc::new(Semaphore::new(own)), of_all: Arc::clone(of_all) }
    }

    /// One of them.
    pub(crate) fn take(&self) -> Result<Place, Full> {
        let own = Arc::clone(&self.own).try_acquire_owned().map_err(|_| Full::Own)?;
        let of_all = Arc::clone(&self.of_all).try_acquire_owned().map_err(|_| Full::All)?;
        Ok(Place { _own: own, _of_all: of_all })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_has_a_few_and_all_together_not_too_many() {
        let all = Arc::new(Semaphore::new(5));
        let (ada, bob) = (Places::new(3, &all), Places::new(3, &all));
        let held: Vec<Place> = (0..3).map(|_| ada.take().unwrap()).collect();
        assert_eq!(ada.take().unwrap_err(), Full::Own);
        let others: Vec<Place> = (0..2).map(|_| bob.take().unwrap()).collect();
        assert_eq!(bob.take().unwrap_err(), Full::All);
        drop(held);
        bob.take().unwrap();
        ada.take().unwrap();
        drop(others);
        assert_eq!(all.available_permits(), 5);
    }
}
