//! All practice clusters of one process: created on first use, loaded on first request, dropped from memory
//! when idle.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures::{Stream, stream};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::clusters::baseline;
use crate::clusters::cluster::Cluster;
use crate::clusters::follower::Follower;
use crate::clusters::gate::{Gate, Wish};
use crate::clusters::kubeconfig::Access;
use crate::clusters::standing::Seat;
use crate::settings::{Enforcement, Limits, LimitsOfAll, OfAll, Settings, Used};
use crate::store::cluster_id::ClusterId;
use crate::store::database::{Backend, Storage};
use crate::store::error::ClusterError;
use crate::store::state::Revision;
use crate::store::world::World;

/// How long a cluster of a database stays in memory unused.
const IDLE_SECONDS: u64 = 900;

/// How the clusters of a process are kept and set up.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where clusters are kept.
    pub storage: Backend,
    /// Whether policies are enforced.
    pub enforcement: Enforcement,
    /// How long a change of policies takes to be enforced.
    pub enforcement_delay: Duration,
    /// How many nodes there are; 0 counts as 1.
    pub nodes: u16,
    /// What one cluster may use.
    pub limits: Limits,
    /// What all of them may use together.
    pub limits_of_all: LimitsOfAll,
}

/// All practice clusters. Cheap to clone.
#[derive(Clone)]
pub struct PracticeClusters {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Arc<Settings>,
    storage: Storage,
    open: Mutex<HashMap<ClusterId, Arc<OnceCell<Arc<Gate>>>>>,
}

impl PracticeClusters {
    /// Opens the clusters. With a database, makes its tables when they are missing.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn open(options: Options) -> Result<Self, ClusterError> {
        let settings = Settings {
            enforcement: options.enforcement,
            enforcement_delay: options.enforcement_delay,
            nodes: options.nodes.max(1),
            limits: options.limits,
            of_all: OfAll::new(&options.limits_of_all),
            elsewhere: Used::default(),
        };
        let storage = Storage::open(options.storage, settings.limits.log).await?;
        let inner = Arc::new(Inner { settings: Arc::new(settings), storage, open: Mutex::default() });
        if inner.storage.is_durable() {
            tokio::spawn(evict_idle(Arc::downgrade(&inner)));
        }
        if inner.storage.shared().is_some() {
            tokio::spawn(follow_others(inner.storage.clone(), Arc::downgrade(&inner)));
        }
        Ok(Self { inner })
    }

    /// Makes a gate with its sandbox, when there is none of that name yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create(&self, id: &ClusterId) -> Result<(), ClusterError> {
        // What is in memory is there: learners come back with every request.
        if self.inner.open.lock().unwrap_or_else(PoisonError::into_inner).get(id).is_some_and(|gate| gate.initialized())
        {
            return Ok(());
        }
        // Nor is anything written for those who come back after a while.
        match self.gate(id).await {
            Err(ClusterError::Unknown(_)) => {}
            known => return known.map(drop),
        }
        let settings = &self.inner.settings;
        let setup = baseline::setup(settings, settings.enforcement);
        self.inner.storage.create(id, setup, &|setup| baseline::state(setup, settings)).await
    }

    /// Writes to the database, to see whether writing works.
    ///
    /// # Errors
    /// When it does not.
    pub async fn probe(&self) -> Result<(), ClusterError> {
        Ok(self.inner.storage.probe().await?)
    }

    /// Whether a write to the database has failed, and no [`probe`](Self::probe) has succeeded since.
    #[must_use]
    pub fn are_failing(&self) -> bool {
        self.inner.storage.is_failing()
    }

    /// Makes a cluster answer only to requests that carry `token`.
    ///
    /// # Errors
    /// When there is no such cluster, or the database fails.
    pub async fn require_token(&self, id: &ClusterId, token: &str) -> Result<(), ClusterError> {
        self.gate(id).await?.require(token).await
    }

    /// Takes a gate away, with its worlds and all that is in them. Where there is none, there is nothing to do.
    ///
    /// # Errors
    /// When the database fails; then nothing has changed.
    pub async fn remove(&self, id: &ClusterId) -> Result<(), ClusterError> {
        match self.gate(id).await {
            Err(ClusterError::Unknown(_)) => return Ok(()),
            gate => gate?.remove().await?,
        }
        self.inner.open.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        Ok(())
    }

    /// How clusters are set up.
    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// A gate, known from the database when it is not in memory.
    pub(crate) async fn gate(&self, id: &ClusterId) -> Result<Arc<Gate>, ClusterError> {
        let cell = {
            let mut open = self.inner.open.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(open.entry(id.clone()).or_default())
        };
        let read = async || {
            let row = self.inner.storage.gate(id).await?.ok_or_else(|| ClusterError::Unknown(id.clone()))?;
            let settings = Arc::clone(&self.inner.settings);
            Ok(Arc::new(Gate::new(id.clone(), row, settings, self.inner.storage.clone())))
        };
        let gate = cell.get_or_try_init(read).await.cloned();
        if gate.is_err() {
            let mut open = self.inner.open.lock().unwrap_or_else(PoisonError::into_inner);
            if open.get(id).is_some_and(|cell| !cell.initialized()) {
                open.remove(id);
            }
        }
        gate
    }

    /// A gate for somebody who comes with `token`.
    pub(crate) async fn enter(&self, id: &ClusterId, token: Option<&str>) -> Result<Entered, ClusterError> {
        let gate = match self.gate(id).await {
            Err(ClusterError::Unknown(_)) => return Ok(Entered::NoSuchGate),
            gate => gate?,
        };
        let (cluster, seat) = gate.current().await?;
        Ok(if gate.admits(token) { Entered::In { gate, cluster, seat } } else { Entered::WrongToken })
    }

    /// The cluster of a world, loaded when it is not in memory.
    pub(crate) async fn existing(&self, id: &ClusterId, world: &World) -> Result<Arc<Cluster>, ClusterError> {
        let cluster = self.gate(id).await?.world(world).await?;
        cluster.ok_or_else(|| ClusterError::NotBegun { gate: id.clone(), world: world.clone() })
    }

    /// The world that a gate leads to, and all that have begun behind it.
    ///
    /// # Errors
    /// When there is no such gate, or the database fails.
    pub async fn worlds(&self, id: &ClusterId) -> Result<(World, Vec<World>), ClusterError> {
        self.gate(id).await?.overview().await
    }

    /// Makes a world the current one, as it was left. One that has not begun yet begins, with these objects in a
    /// fresh cluster with this network plugin. Tells whether it did.
    ///
    /// Every revision of the new world is higher than those that the gate has given out so far: who watches is told
    /// to begin again, and who writes by what was read in another world is refused.
    ///
    /// # Errors
    /// When an object is refused, there is no room, or the database fails; then nothing has changed.
    pub async fn start(
        &self,
        id: &ClusterId,
        world: &World,
        enforcement: Enforcement,
        objects: &[Value],
    ) -> Result<bool, ClusterError> {
        self.step(id, world, enforcement, objects, Anew::No, Current::Becomes).await
    }

    /// The same for a world that stands beside the current one: it begins when it has not yet, and no client that
    /// came through the gate notices.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn begin(
        &self,
        id: &ClusterId,
        world: &World,
        enforcement: Enforcement,
        objects: &[Value],
    ) -> Result<bool, ClusterError> {
        self.step(id, world, enforcement, objects, Anew::No, Current::Stays).await
    }

    /// Has a world begin anew: what was in it is gone. The current world stays the current one.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn reset(
        &self,
        id: &ClusterId,
        world: &World,
        enforcement: Enforcement,
        objects: &[Value],
    ) -> Result<(), ClusterError> {
        self.step(id, world, enforcement, objects, Anew::Yes, Current::Stays).await.map(drop)
    }

    async fn step(
        &self,
        id: &ClusterId,
        world: &World,
        enforcement: Enforcement,
        objects: &[Value],
        anew: Anew,
        current: Current,
    ) -> Result<bool, ClusterError> {
        let gate = self.gate(id).await?;
        let (anew, current) = (anew == Anew::Yes, current == Current::Becomes);
        gate.step(Wish { world: world.clone(), enforcement, objects: objects.to_vec(), anew, current }).await
    }

    /// The revisions of a world from now on, for pages that follow it, and one more whenever something changes about
    /// the worlds of the gate: one may begin, and the gate may lead elsewhere. A slow reader skips revisions.
    ///
    /// # Errors
    /// When there is no such gate, or the database fails.
    pub async fn changes(
        &self,
        id: &ClusterId,
        world: &World,
    ) -> Result<impl Stream<Item = Revision> + use<>, ClusterError> {
        let follower = Follower::of(self.gate(id).await?, world).await?;
        Ok(stream::unfold(follower, async |mut follower| {
            let revision = follower.next().await?;
            Some((revision, follower))
        }))
    }

    #[cfg(test)]
    pub(crate) fn loaded(&self) -> Vec<Arc<Gate>> {
        self.inner.loaded()
    }

    #[cfg(test)]
    pub(crate) fn evict(&self, idle_seconds: u64) {
        self.inner.evict(idle_seconds);
    }

    /// A kubeconfig for one cluster; `server_url` is the address of the server, without a path.
    pub fn kubeconfig(&self, id: &ClusterId, server_url: &str) -> String {
        self.kubeconfig_with(id, server_url, &Access::default())
    }

    /// The same with what opens the cluster.
    pub fn kubeconfig_with(&self, id: &ClusterId, server_url: &str, access: &Access<'_>) -> String {
        crate::clusters::kubeconfig::render(id, server_url, access)
    }
}

/// Whether a world that is there begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Anew {
    Yes,
    No,
}

/// Which world is current afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Current {
    /// The one that it is about.
    Becomes,
    /// The one that is.
    Stays,
}

/// What becomes of somebody who comes to a gate.
pub(crate) enum Entered {
    /// The cluster that it leads to, and a seat in it.
    In { gate: Arc<Gate>, cluster: Arc<Cluster>, seat: Seat },
    /// There is no such gate.
    NoSuchGate,
    /// It stays shut.
    WrongToken,
}

async fn evict_idle(inner: Weak<Inner>) {
    loop {
        tokio::time::sleep(Duration::from_secs(60)).await;
        let Some(inner) = inner.upgrade() else { return };
        inner.evict(IDLE_SECONDS);
    }
}

impl Inner {
    /// Drops the worlds and gates from memory that nobody has used for so long.
    fn evict(&self, idle_seconds: u64) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, cell| {
            let Some(gate) = cell.get() else { return Arc::strong_count(cell) > 1 };
            let empty = gate.evict(idle_seconds);
            // Whoever holds the cell is about to hold the gate, and whoever has a seat does.
            let held = Arc::strong_count(cell) > 1 || Arc::strong_count(gate) > 1;
            !empty || held || gate.idle_seconds() < idle_seconds
        });
    }

    /// Forgets a gate that is not there any more.
    fn forget(&self, gone: &Arc<Gate>) {
        gone.retire();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.get(gone.id()).and_then(|cell| cell.get()).is_some_and(|gate| Arc::ptr_eq(gate, gone)) {
            open.remove(gone.id());
        }
    }

    /// The gates in memory.
    fn loaded(&self) -> Vec<Arc<Gate>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.values().filter_map(|cell| cell.get().cloned()).collect()
    }
}

/// Lets watches see what other processes write to the same database.
async fn follow_others(storage: Storage, inner: Weak<Inner>) {
    let Some(shared) = storage.shared() else { return };
    let told = |changed: Option<ClusterId>| {
        let Some(inner) = inner.upgrade() else { return false };
        let loaded = inner.loaded().into_iter();
        for gate in loaded.filter(|gate| changed.as_ref().is_none_or(|id| id == gate.id())) {
            tokio::spawn(catch_up(Arc::downgrade(&inner), gate));
        }
        true
    };
    shared.listen(told).await;
}

/// Takes in what others have done to a gate, if only that they have taken it away.
async fn catch_up(inner: Weak<Inner>, gate: Arc<Gate>) {
    match gate.catch_up().await {
        Ok(()) => {}
        Err(ClusterError::Unknown(id)) if id == *gate.id() => {
            if let Some(inner) = inner.upgrade() {
                inner.forget(&gate);
            }
        }
        Err(error) => {
            tracing::warn!(cluster = gate.id().in_logs(), %error, "changes by other servers are noticed late");
        }
    }
}
