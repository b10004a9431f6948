//! A gate: what a learner's kubeconfig names. Behind it stand worlds, each a cluster of its own, and one of them is
//! current: that one answers. Token, limits and the way out of memory are the gate's.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use jiff::Timestamp;
use netpol::counted;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::{OnceCell, watch};

use crate::clusters::cluster::{Cluster, Place};
use crate::clusters::quota::Quota;
use crate::clusters::standing::{Seat, Standing};
use crate::clusters::{baseline, populate};
use crate::controllers;
use crate::settings::{Enforcement, Settings};
use crate::status::Status;
use crate::store::cluster_id::ClusterId;
use crate::store::database::{Storage, Stored};
use crate::store::error::ClusterError;
use crate::store::gate::{Beginning, GateRow, Step, WorldRow};
use crate::store::setup::Setup;
use crate::store::state::{Revision, State};
use crate::store::world::World;

/// How long a world that is not current stays in memory unused: its learner has gone elsewhere.
const BESIDE_SECONDS: u64 = 60;

/// One gate.
pub(crate) struct Gate {
    id: ClusterId,
    settings: Arc<Settings>,
    storage: Storage,
    quota: Arc<Quota>,
    token_hash: RwLock<Option<String>>,
    worlds: Mutex<BTreeMap<World, Kept>>,
    standing: watch::Sender<Standing>,
    /// One step at a time.
    stepping: tokio::sync::Mutex<()>,
    last_used: AtomicU64,
}

/// A world, in memory or not.
struct Kept {
    row: WorldRow,
    cell: Arc<OnceCell<Arc<Cluster>>>,
}

impl Gate {
    /// The gate that was stored like this. None of its worlds is in memory yet.
    pub(crate) fn new(id: ClusterId, row: GateRow, settings: Arc<Settings>, storage: Storage) -> Self {
        let standing = Standing { version: row.version, current: row.current, highest: row.highest, admission: 0 };
        let quota = Quota::new(&settings);
        for world in &row.worlds {
            quota.note(&world.world, world.used);
        }
        let kept = |row: WorldRow| (row.world.clone(), Kept { row, cell: Arc::default() });
        Self {
            id,
            settings,
            storage,
            quota: Arc::new(quota),
            token_hash: RwLock::new(row.token_hash),
            worlds: Mutex::new(row.worlds.into_iter().map(kept).collect()),
            standing: watch::Sender::new(standing),
            stepping: tokio::sync::Mutex::default(),
            last_used: AtomicU64::new(now_seconds()),
        }
    }

    /// The cluster of the current world, and a seat in it.
    pub(crate) async fn current(self: &Arc<Self>) -> Result<(Arc<Cluster>, Seat), ClusterError> {
        loop {
            let seen = self.standing();
            let cluster = self.world(&seen.current).await?;
            // Loading takes a while, and looking may have found that it is another one.
            if self.standing().highest == seen.highest
                && let Some(cluster) = cluster
            {
                return Ok((cluster, Seat::behind(self.clone(), self.standing.subscribe(), seen)));
            }
        }
    }

    /// The cluster of any world, and a seat for looking at it; `None` when that world has not begun.
    pub(crate) async fn beside(self: &Arc<Self>, world: &World) -> Result<Option<(Arc<Cluster>, Seat)>, ClusterError> {
        let seen = self.standing();
        let cluster = self.world(world).await?;
        Ok(cluster.map(|cluster| (cluster, Seat::beside(self.clone(), self.standing.subscribe(), seen))))
    }

    /// The cluster of a world, loaded when it is not in memory; `None` when that world has not begun.
    pub(crate) async fn world(&self, world: &World) -> Result<Option<Arc<Cluster>>, ClusterError> {
        self.touch();
        loop {
            let seen = self.standing().version;
            let found = self.world_as_known(world).await;
            if found.is_err() && self.storage.shared().is_some() {
                while self.glance(&self.id).await?.is_none() {}
            }
            // A world that has begun anew meanwhile is another cluster, and the one that was found is gone.
            if self.standing().version == seen {
                return found;
            }
        }
    }

    async fn world_as_known(&self, world: &World) -> Result<Option<Arc<Cluster>>, ClusterError> {
        let kept = self.kept(world);
        let cluster = kept.as_ref().map_or(&self.id, |(row, _)| &row.cluster);
        let Some(head) = self.glance(cluster).await? else { return Ok(None) };
        let Some((row, cell)) = kept else { return Ok(None) };
        let cluster = Arc::clone(cell.get_or_try_init(|| self.load(&row)).await?);
        cluster.touch();
        cluster.catch_up(head).await?;
        Ok(Some(cluster))
    }

    /// How far a cluster has come in a database that others write to; `None` when the gate was not as it was known
    /// here, and is now.
    async fn glance(&self, cluster: &ClusterId) -> Result<Option<Revision>, ClusterError> {
        let Some(shared) = self.storage.shared() else { return Ok(Some(0)) };
        let glance = shared.glance(&self.id, cluster).await?.ok_or_else(|| ClusterError::Unknown(self.id.clone()))?;
        if glance.version > self.standing().version {
            self.look_again().await?;
            return Ok(None);
        }
        *self.token_hash.write().unwrap_or_else(PoisonError::into_inner) = glance.token_hash;
        Ok(Some(glance.head))
    }

    /// Takes in how others have left the gate.
    async fn look_again(&self) -> Result<(), ClusterError> {
        let row = self.storage.gate(&self.id).await?.ok_or_else(|| ClusterError::Unknown(self.id.clone()))?;
        for world in row.worlds.iter().filter(|world| self.loaded_world(&world.world).is_none()) {
            self.quota.note(&world.world, world.used);
        }
        self.adopt(row);
        Ok(())
    }

    async fn load(&self, row: &WorldRow) -> Result<Arc<Cluster>, ClusterError> {
        let stored = self.storage.load(row, &self.fresh()).await?;
        let stored = stored.ok_or_else(|| ClusterError::Unknown(row.cluster.clone()))?;
        let used = stored.used;
        let cluster = self.cluster(row, stored);
        if used {
            cluster.write(controllers::resume).await?;
            cluster.runtime().restore(&cluster.state());
        }
        Ok(cluster)
    }

    fn cluster(&self, row: &WorldRow, stored: Stored) -> Arc<Cluster> {
        let place = Place {
            world: row.world.clone(),
            floor: row.floor,
            quota: Arc::clone(&self.quota),
            standing: self.standing.subscribe(),
        };
        let settings = Arc::new(self.settings.enforcing(row.setup.enforcement));
        Cluster::new(row.cluster.clone(), place, stored, settings, self.storage.clone())
    }

    /// What clusters begin with.
    fn fresh(&self) -> impl Fn(&Setup) -> State + Send + Sync + use<'_> {
        |setup| baseline::state(setup, &self.settings)
    }

    /// Makes a world current, or has it begin, or both; tells whether it has begun. A client that hangs up does not
    /// stop it half way.
    pub(crate) async fn step(self: &Arc<Self>, wish: Wish) -> Result<bool, ClusterError> {
        let gate = Arc::clone(self);
        let stepping = tokio::spawn(async move { gate.take(wish).await });
        stepping.await.unwrap_or(Err(ClusterError::Storage(sqlx::Error::WorkerCrashed)))
    }

    async fn take(&self, wish: Wish) -> Result<bool, ClusterError> {
        let _stepping = self.stepping.lock().await;
        if self.storage.shared().is_some() {
            self.look_again().await?;
        }
        let here = self.world(&wish.world).await?;
        if here.is_some() && !wish.anew && (!wish.current || self.standing().current == wish.world) {
            return Ok(false);
        }
        let most = self.settings.limits.worlds;
        if here.is_none() && self.worlds().len() >= most {
            let words = format!("this practice cluster is full: it may hold {}", counted(most, "world"));
            return Err(Status::new(403, "Forbidden", words).into());
        }
        let beginning = match here {
            Some(_) if !wish.anew => None,
            _ => Some(self.beginning(&wish).await?),
        };
        // Nothing is written meanwhile to the world that is left, nor to the one that becomes current.
        let left = self.world(&self.standing().current).await?;
        let mut held: Vec<Arc<Cluster>> = [&here, &left].into_iter().flatten().cloned().collect();
        held.sort_by(|a, b| a.id().cmp(b.id()));
        held.dedup_by(|a, b| a.id() == b.id());
        let mut guards = Vec::with_capacity(held.len());
        for cluster in &held {
            guards.push(cluster.hold().await);
        }
        let heads = held.iter().map(|cluster| cluster.state().revision()).max().unwrap_or(0);
        let step = Step { world: wish.world, beginning, anew: wish.anew, current: wish.current };
        let (row, taken) = self.storage.take(&self.id, &step, heads).await?;
        if let Some((cluster, raised)) = here.zip(taken.raised).filter(|_| !taken.begun) {
            cluster.raise(raised);
        }
        self.adopt(row);
        if let Some(beginning) = step.beginning.filter(|_| taken.begun) {
            self.begin(&step.world, beginning);
        }
        drop(guards);
        Ok(taken.begun)
    }

    /// Nothing that is here is there any more: watches, shells and whatever else lasts end.
    pub(crate) fn retire(&self) {
        let loaded: Vec<World> = self.worlds().keys().cloned().collect();
        for cluster in loaded.iter().filter_map(|world| self.loaded_world(world)) {
            cluster.retire();
        }
        self.standing.send_modify(|standing| standing.admission += 1);
    }

    /// Takes the gate away with all that is behind it. A client that hangs up does not stop it half way.
    pub(crate) async fn remove(self: &Arc<Self>) -> Result<(), ClusterError> {
        let gate = Arc::clone(self);
        let removing = tokio::spawn(async move { gate.take_away().await });
        removing.await.unwrap_or(Err(ClusterError::Storage(sqlx::Error::WorkerCrashed)))
    }

    async fn take_away(&self) -> Result<(), ClusterError> {
        let _stepping = self.stepping.lock().await;
        let loaded: Vec<World> = self.worlds().keys().cloned().collect();
        let mut loaded: Vec<_> = loaded.iter().filter_map(|world| self.loaded_world(world)).collect();
        loaded.sort_by(|a, b| a.id().cmp(b.id()));
        // What is being written is stored before it is taken away, and nothing comes after it.
        let mut guards = Vec::with_capacity(loaded.len());
        for cluster in &loaded {
            guards.push(cluster.hold().await);
        }
        self.storage.remove(&self.id).await?;
        self.retire();
        Ok(())
    }

    /// A world as it begins: a fresh cluster with these objects in it.
    async fn beginning(&self, wish: &Wish) -> Result<Beginning, ClusterError> {
        let setup = baseline::setup(&self.settings, wish.enforcement);
        let baseline = self.storage.baseline(setup, &self.fresh()).await?;
        let settings =
            Settings { elsewhere: self.quota.elsewhere(&wish.world), ..self.settings.enforcing(wish.enforcement) };
        let outcome = populate::from(&baseline, Arc::new(settings), &wish.objects)?;
        Ok(Beginning { setup, baseline, outcome: Arc::new(outcome) })
    }

    /// Keeps a world in memory that has just begun.
    fn begin(&self, world: &World, beginning: Beginning) {
        let Some((row, cell)) = self.kept(world) else { return };
        let Beginning { baseline, outcome, .. } = beginning;
        let mut state = outcome.state.clone();
        state.set_revision(state.revision().max(row.floor));
        let cluster = self.cluster(&row, Stored { state, baseline, used: true });
        if cell.set(Arc::clone(&cluster)).is_ok() {
            cluster.runtime().restore(&cluster.state());
            cluster.plan(&outcome.scheduled);
        }
    }

    /// Goes on as the gate was stored, unless it is known to have gone further.
    fn adopt(&self, gate: GateRow) {
        let mut worlds = self.worlds();
        if gate.version <= self.standing().version {
            return;
        }
        for row in gate.worlds {
            let same = worlds.get_mut(&row.world).filter(|kept| kept.row.cluster == row.cluster);
            if let Some(kept) = same {
                if let Some(cluster) = kept.cell.get() {
                    cluster.lift(row.floor);
                }
                kept.row = row;
            } else if let Some(old) = worlds.insert(row.world.clone(), Kept { row, cell: Arc::default() })
                && let Some(cluster) = old.cell.get()
            {
                cluster.retire();
            }
        }
        let GateRow { version, current, highest, .. } = gate;
        let admission = self.standing().admission;
        self.standing.send_replace(Standing { version, current, highest, admission });
    }

    fn kept(&self, world: &World) -> Option<(WorldRow, Arc<OnceCell<Arc<Cluster>>>)> {
        self.worlds().get(world).map(|kept| (kept.row.clone(), Arc::clone(&kept.cell)))
    }

    fn loaded_world(&self, world: &World) -> Option<Arc<Cluster>> {
        self.worlds().get(world)?.cell.get().cloned()
    }

    /// The worlds that have begun, and which of them is current.
    pub(crate) async fn overview(&self) -> Result<(World, Vec<World>), ClusterError> {
        self.touch();
        while self.glance(&self.id).await?.is_none() {}
        Ok((self.standing().current, self.worlds().keys().cloned().collect()))
    }

    /// Takes in what other processes have done to the gate and to the worlds that are in memory here.
    pub(crate) async fn catch_up(&self) -> Result<(), ClusterError> {
        let loaded: Vec<World> =
            self.worlds().iter().filter(|(_, kept)| kept.cell.initialized()).map(|(world, _)| world.clone()).collect();
        while self.glance(&self.id).await?.is_none() {}
        for world in loaded {
            if let Some(cluster) = self.loaded_world(&world)
                && let Some(head) = self.glance(cluster.id()).await?
            {
                cluster.catch_up(head).await?;
            }
        }
        Ok(())
    }

    /// How the gate stands, now and from now on.
    pub(crate) fn standings(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    fn standing(&self) -> Standing {
        self.standing.borrow().clone()
    }

    fn worlds(&self) -> MutexGuard<'_, BTreeMap<World, Kept>> {
        self.worlds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops the worlds from memory that nobody has used for so long; tells whether none is left.
    pub(crate) fn evict(&self, idle_seconds: u64) -> bool {
        let current = self.standing().current;
        let mut worlds = self.worlds();
        for (world, kept) in worlds.iter_mut() {
            let idle_seconds = if *world == current { idle_seconds } else { idle_seconds.min(BESIDE_SECONDS) };
            // A request that is about to use the cluster holds its cell; later it holds the cluster, as watches do.
            let unused = Arc::strong_count(&kept.cell) == 1
                && kept
                    .cell
                    .get()
                    .is_some_and(|cluster| Arc::strong_count(cluster) == 1 && cluster.idle_seconds() >= idle_seconds);
            if unused {
                kept.cell = Arc::default();
            }
        }
        worlds.values().all(|kept| !kept.cell.initialized() && Arc::strong_count(&kept.cell) == 1)
    }

    /// How many of its worlds are in memory.
    #[cfg(test)]
    pub(crate) fn loaded(&self) -> usize {
        self.worlds().values().filter(|kept| kept.cell.initialized()).count()
    }

    /// Whether `token` opens this gate. A gate without a token is open to whoever knows its name.
    pub(crate) fn admits(&self, token: Option<&str>) -> bool {
        let expected = self.token_hash.read().unwrap_or_else(PoisonError::into_inner);
        match (&*expected, token) {
            (None, _) => true,
            (Some(expected), Some(token)) => *expected == token_hash(token),
            (Some(_), None) => false,
        }
    }

    /// Opens only to `token` from now on.
    pub(crate) async fn require(&self, token: &str) -> Result<(), ClusterError> {
        let hash = token_hash(token);
        self.storage.set_token_hash(&self.id, &hash).await?;
        *self.token_hash.write().unwrap_or_else(PoisonError::into_inner) = Some(hash);
        Ok(())
    }

    /// How its clusters are set up.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Its name.
    pub(crate) fn id(&self) -> &ClusterId {
        &self.id
    }

    fn touch(&self) {
        self.last_used.store(now_seconds(), Ordering::Relaxed);
    }

    pub(crate) fn idle_seconds(&self) -> u64 {
        now_seconds().saturating_sub(self.last_used.load(Ordering::Relaxed))
    }
}

/// What is wanted of a world.
pub(crate) struct Wish {
    pub(crate) world: World,
    /// What its network plugin does, should it begin.
    pub(crate) enforcement: Enforcement,
    /// What is in it, should it begin.
    pub(crate) objects: Vec<Value>,
    /// Whether it begins even though it is there.
    pub(crate) anew: bool,
    /// Whether it becomes the current one.
    pub(crate) current: bool,
}

fn now_seconds() -> u64 {
    u64::try_from(Timestamp::now().as_second()).unwrap_or(0)
}

/// How a token is kept: hashed, so that a copied database opens nothing.
fn token_hash(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
