//! How a gate stands: which world is current. Whoever came through the gate keeps a seat for as long as that does not
//! change.

use std::any::Any;
use std::sync::Arc;

use tokio::sync::watch;

use crate::store::state::Revision;
use crate::store::world::World;

/// How a gate stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Rises with every step of the gate.
    pub(crate) version: u64,
    pub(crate) current: World,
    /// Rises whenever another world becomes the current one, or the current one begins anew.
    pub(crate) highest: Revision,
}

/// What somebody holds who came through a gate.
#[derive(Clone)]
pub(crate) struct Seat {
    standing: watch::Receiver<Standing>,
    highest: Revision,
    /// The gate stays in memory for as long as somebody holds this.
    _gate: Arc<dyn Any + Send + Sync>,
}

impl Seat {
    /// A seat of somebody who has seen the gate stand like this.
    pub(crate) fn new(standing: watch::Receiver<Standing>, seen: &Standing, gate: Arc<dyn Any + Send + Sync>) -> Self {
        Self { standing, highest: seen.highest, _gate: gate }
    }

    /// How far the gate had come when this was taken.
    pub(crate) fn highest(&self) -> Revision {
        self.highest
    }

    /// Whether the gate still leads to the same world.
    pub(crate) fn is_kept(&self) -> bool {
        self.standing.borrow().highest == self.highest
    }

    /// Waits until it does not.
    pub(crate) async fn lost(&mut self) {
        let highest = self.highest;
        // The gate is there as long as this is; without it there is nothing to wait for either.
        let _ = self.standing.wait_for(|standing| standing.highest != highest).await;
    }
}
