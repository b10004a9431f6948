//! What the worlds behind one gate may use together, so that one learner costs no more than one cluster may, however
//! many labs have begun: places for watches, sessions and answers on their way, and room for objects.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::node::{Full, Place, Places};
use crate::settings::{Settings, Used};
use crate::status::Status;
use crate::store::world::World;

/// What a piece of a watch may take, in KiB: many small events, and one of the largest object, before which they stood.
const LARGEST_PIECE: usize = 2 * 1024;

/// The places of one gate.
pub(crate) struct Quota {
    watches: Places,
    sessions: Places,
    processes: Places,
    /// Requests that are computed at once: the others wait, and are in nobody's way.
    turns: Arc<Semaphore>,
    /// Room for answers that are on their way, in KiB.
    unread: Arc<Semaphore>,
    /// All of that room.
    most_unread: usize,
    /// What each world holds beyond what it began with, whether or not it is in memory.
    used: Mutex<BTreeMap<World, Used>>,
}

/// The right to compute an answer, of which one learner has a few at a time.
pub(crate) struct Turn {
    _place: Option<OwnedSemaphorePermit>,
}

impl Turn {
    /// Ends it, after everybody else who waits for this processor: a hundred clients of one learner are as many as have
    /// a turn.
    pub(crate) async fn end(self) {
        tokio::task::yield_now().await;
        drop(self);
    }
}

impl Quota {
    pub(crate) fn new(settings: &Settings) -> Self {
        let Settings { limits, of_all, .. } = settings;
        Self {
            watches: Places::new(limits.watches, &of_all.watches),
            sessions: Places::new(limits.sessions, &of_all.sessions),
            processes: Places::new(limits.processes, &of_all.processes),
            turns: Arc::new(Semaphore::new(limits.at_once.max(1))),
            unread: Arc::new(Semaphore::new(limits.unread / 1024)),
            most_unread: limits.unread / 1024,
            used: Mutex::default(),
        }
    }

    /// A place for one more watch; none is left when there are too many.
    pub(crate) fn watch_slot(&self) -> Result<Place, Status> {
        self.watches.take().map_err(|full| too_many(full, "watches"))
    }

    /// A place for one more exec, attach or log session.
    pub(crate) fn session_slot(&self) -> Result<Place, Status> {
        self.sessions.take().map_err(|full| too_many(full, "sessions"))
    }

    /// Places for the main processes of pods.
    pub(crate) fn processes(&self) -> &Places {
        &self.processes
    }

    /// A turn to compute an answer.
    pub(crate) async fn turn(&self) -> Turn {
        // Nobody closes it.
        Turn { _place: Arc::clone(&self.turns).acquire_owned().await.ok() }
    }

    /// Room for a large answer, until the client has read it.
    pub(crate) fn answer_slot(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Status> {
        // An answer larger than all the room goes out alone.
        let kibibytes = (bytes / 1024).min(self.most_unread);
        let room = u32::try_from(kibibytes).unwrap_or(u32::MAX);
        Arc::clone(&self.unread).try_acquire_many_owned(room).map_err(|_| {
            Status::too_many_requests("this practice cluster has too many answers unread, please try again later")
        })
    }

    /// Room for the next piece of a watch, however large it comes to be: what it does not need is given back. A client
    /// that does not read keeps its piece, and when there is no room, others of the same learner wait. `None` when
    /// nobody waits for anything any more.
    pub(crate) async fn piece_slot(&self) -> Option<OwnedSemaphorePermit> {
        let room = u32::try_from(LARGEST_PIECE.min(self.most_unread)).unwrap_or(u32::MAX);
        Arc::clone(&self.unread).acquire_many_owned(room).await.ok()
    }

    /// Notes what a world holds now.
    pub(crate) fn note(&self, world: &World, used: Used) {
        self.used().insert(world.clone(), used);
    }

    /// What the others hold.
    pub(crate) fn elsewhere(&self, world: &World) -> Used {
        self.used().iter().filter(|(other, _)| *other != world).map(|(_, used)| *used).sum()
    }

    fn used(&self) -> MutexGuard<'_, BTreeMap<World, Used>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn too_many(full: Full, what: &str) -> Status {
    let whose = match full {
        Full::Own => "this practice cluster has",
        Full::All => "all practice clusters together have",
    };
    Status::too_many_requests(format!("{whose} too many {what} open, please try again later"))
}
