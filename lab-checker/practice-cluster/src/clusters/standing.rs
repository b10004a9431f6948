//! How a gate stands: which world is current. Whoever came through the gate keeps a seat for as long as that does not
//! change.

use std::any::Any;
use std::sync::Arc;

use tokio::sync::watch;

use crate::clusters::admission::Admission;
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
    /// Rises whenever whoever is inside has to come through the gate again.
    pub(crate) admission: u64,
}

/// What somebody holds who came through a gate.
#[derive(Clone)]
pub(crate) struct Seat {
    standing: watch::Receiver<Standing>,
    seen: Standing,
    /// What must not change.
    matters: fn(&Standing) -> (u64, u64),
    /// What must be good as well.
    admission: Option<Admission>,
    /// The gate stays in memory for as long as somebody holds this.
    _gate: Arc<dyn Any + Send + Sync>,
}

impl Seat {
    /// A seat behind the gate of somebody who has seen it stand like this: it lasts until the gate leads elsewhere.
    pub(crate) fn behind(
        gate: Arc<dyn Any + Send + Sync>,
        standing: watch::Receiver<Standing>,
        seen: Standing,
    ) -> Self {
        Self {
            standing,
            seen,
            matters: |standing| (standing.highest, standing.admission),
            admission: None,
            _gate: gate,
        }
    }

    /// A seat of somebody who looks at a world past the gate: it lasts until anything changes about the worlds.
    pub(crate) fn beside(
        gate: Arc<dyn Any + Send + Sync>,
        standing: watch::Receiver<Standing>,
        seen: Standing,
    ) -> Self {
        Self {
            standing,
            seen,
            matters: |standing| (standing.version, standing.admission),
            admission: None,
            _gate: gate,
        }
    }

    /// The same seat for somebody who was let in by this.
    pub(crate) fn admitted_by(self, admission: Option<Admission>) -> Self {
        Self { admission, ..self }
    }

    /// How far the gate had come when this was taken.
    pub(crate) fn highest(&self) -> Revision {
        self.seen.highest
    }

    /// Whether all that matters is as it was.
    pub(crate) fn is_kept(&self) -> bool {
        let admitted = self.admission.as_ref().is_none_or(Admission::holds);
        admitted && (self.matters)(&self.standing.borrow()) == (self.matters)(&self.seen)
    }

    /// Waits until it is not.
    pub(crate) async fn lost(&mut self) {
        let (seen, matters) = ((self.matters)(&self.seen), self.matters);
        let admission = async {
            match &mut self.admission {
                Some(admission) => admission.ended().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // The gate is there as long as this is; without it there is nothing to wait for either.
            _ = self.standing.wait_for(|standing| matters(standing) != seen) => {}
            () = admission => {}
        }
    }
}
