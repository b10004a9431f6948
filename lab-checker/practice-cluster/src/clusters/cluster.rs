//! One practice cluster: its state, its recent history, and the one gate through which every write goes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::controllers;
use crate::node::{Ended, Host, Runtime};
use crate::settings::{Limits, Settings};
use crate::status::Status;
use crate::store::cluster_id::ClusterId;
use crate::store::database::{Storage, Stored, Turn};
use crate::store::history::{Entry, History};
use crate::store::state::{Change, Revision, State};
use crate::store::task::Task;
use crate::store::transaction::{Outcome, Purpose, Transaction};

/// One cluster.
pub(crate) struct Cluster {
    id: ClusterId,
    live: RwLock<Live>,
    writer: Arc<tokio::sync::Mutex<()>>,
    head: watch::Sender<Revision>,
    settings: Arc<Settings>,
    storage: Storage,
    /// What the cluster began with.
    baseline: State,
    token_hash: RwLock<Option<String>>,
    watches: Arc<Semaphore>,
    sessions: Arc<Semaphore>,
    /// Room for answers that are on their way, in KiB.
    unread: Arc<Semaphore>,
    runtime: Runtime,
    /// States that a client is paging through, newest last.
    paged: Mutex<VecDeque<State>>,
    last_used: AtomicU64,
    /// Whether this process will see to what others have left unfinished.
    standing_in: AtomicBool,
}

/// No controller plans further ahead than this: the longest pause of a crashing container, and some.
const LONGEST_PLAN: Duration = Duration::from_secs(360);

/// How many lists can be paged through at once before the oldest must start again.
const PAGED_STATES: usize = 32;

struct Live {
    state: State,
    history: History,
}

impl Live {
    /// Goes on to `state`, which `changes` led to.
    fn advance(&mut self, state: State, changes: &[Arc<Change>], limits: &Limits) {
        let between = self.state.revision() + 1..=state.revision();
        if changes.iter().map(|change| change.revision).eq(between) {
            self.history.add(changes, limits);
        } else {
            // Nobody can replay what is not known one by one.
            self.history = History::after(state.revision());
        }
        self.state = state;
    }
}

impl Cluster {
    pub(crate) fn new(id: ClusterId, stored: Stored, settings: Arc<Settings>, storage: Storage) -> Arc<Self> {
        let Stored { state, baseline, token_hash, .. } = stored;
        let revision = state.revision();
        Arc::new_cyclic(|cluster| Self {
            id,
            live: RwLock::new(Live { state, history: History::after(revision) }),
            writer: Arc::default(),
            head: watch::Sender::new(revision),
            watches: Arc::new(Semaphore::new(settings.limits.watches)),
            sessions: Arc::new(Semaphore::new(settings.limits.sessions)),
            unread: Arc::new(Semaphore::new(settings.limits.unread / 1024)),
            runtime: Runtime::new(host(cluster.clone()), settings.enforcement_delay),
            settings,
            storage,
            baseline,
            token_hash: RwLock::new(token_hash),
            paged: Mutex::default(),
            last_used: AtomicU64::new(now_seconds()),
            standing_in: AtomicBool::new(false),
        })
    }

    /// Its name.
    pub(crate) fn id(&self) -> &ClusterId {
        &self.id
    }

    /// The cluster as it is now. A snapshot: later writes do not show in it.
    pub(crate) fn state(&self) -> State {
        self.live.read().unwrap_or_else(PoisonError::into_inner).state.clone()
    }

    /// How this cluster is set up.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Its processes, logs and network.
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Notices every new revision.
    pub(crate) fn revisions(&self) -> watch::Receiver<Revision> {
        self.head.subscribe()
    }

    /// The changes after `since`, oldest first, or `None` when the log no longer reaches back that far.
    pub(crate) fn changes_since(&self, since: Revision) -> Option<Vec<Arc<Entry>>> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).history.since(since)
    }

    /// The oldest revision from which a watch can start.
    pub(crate) fn oldest(&self) -> Revision {
        self.live.read().unwrap_or_else(PoisonError::into_inner).history.oldest()
    }

    /// The state of a revision, when it is the latest or somebody pages through it.
    pub(crate) fn paged_state(&self, revision: Revision) -> Option<State> {
        let state = self.state();
        if state.revision() == revision {
            return Some(state);
        }
        let paged = self.paged.lock().unwrap_or_else(PoisonError::into_inner);
        paged.iter().find(|state| state.revision() == revision).cloned()
    }

    /// Keeps a state for the next page of a list.
    pub(crate) fn keep_for_paging(&self, state: State) {
        let mut paged = self.paged.lock().unwrap_or_else(PoisonError::into_inner);
        if paged.iter().all(|kept| kept.revision() != state.revision()) {
            paged.push_back(state);
            if paged.len() > PAGED_STATES {
                paged.pop_front();
            }
        }
    }

    /// A place for one more watch; none is left when this cluster has too many.
    pub(crate) fn watch_slot(&self) -> Result<OwnedSemaphorePermit, Status> {
        Arc::clone(&self.watches).try_acquire_owned().map_err(|_| {
            Status::too_many_requests("this practice cluster has too many watches open, please try again later")
        })
    }

    /// A place for one more exec, attach or log session.
    pub(crate) fn session_slot(&self) -> Result<OwnedSemaphorePermit, Status> {
        Arc::clone(&self.sessions).try_acquire_owned().map_err(|_| {
            Status::too_many_requests("this practice cluster has too many sessions open, please try again later")
        })
    }

    /// Room for a large answer, until the client has read it.
    pub(crate) fn answer_slot(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Status> {
        // An answer larger than all the room goes out alone.
        let kibibytes = (bytes / 1024).min(self.settings.limits.unread / 1024);
        let room = u32::try_from(kibibytes).unwrap_or(u32::MAX);
        Arc::clone(&self.unread).try_acquire_many_owned(room).map_err(|_| {
            Status::too_many_requests("this practice cluster has too many answers unread, please try again later")
        })
    }

    /// Runs `work` and then the controllers, and stores what they changed: all of it or, when either says no
    /// or the database does, nothing. Answers once the changes are durable and visible.
    pub(crate) async fn write<R>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Transaction) -> Result<R, Status>,
    ) -> Result<R, Status> {
        let writer = Arc::clone(&self.writer).lock_owned().await;
        let turn = self.turn().await?;
        let (result, outcome) = {
            let mut tx =
                Transaction::begin(self.state(), Arc::clone(&self.settings), Purpose::Store, controllers::CONTROLLERS);
            let result = work(&mut tx)?;
            tx.settle()?;
            (result, tx.finish())
        };
        self.check_limits(&outcome)?;
        if !self.storage.is_durable() {
            self.commit(outcome);
            return Ok(result);
        }
        // A task of its own: a client that hangs up now must not keep what is stored from being seen.
        let cluster = Arc::clone(self);
        let stored = tokio::spawn(async move {
            let stored = cluster.storage.append(&cluster.id, turn, &outcome, &cluster.baseline).await;
            if stored.is_ok() {
                cluster.commit(outcome);
            }
            drop(writer);
            stored
        });
        let stored = stored.await.unwrap_or(Err(sqlx::Error::WorkerCrashed));
        stored.map_err(|error| self.unavailable(&error))?;
        Ok(result)
    }

    /// The right to write, after taking in what others have written.
    async fn turn(self: &Arc<Self>) -> Result<Turn, Status> {
        let since = self.state().revision();
        let turn = self.storage.turn(&self.id, since, &self.baseline).await;
        let (turn, news) = turn.map_err(|error| self.unavailable(&error))?;
        if let Some(outcome) = news.outcome(self.state()) {
            self.commit(outcome);
            self.stand_in();
        }
        Ok(turn)
    }

    /// Takes in what other processes have written to a shared database.
    pub(crate) async fn catch_up(self: &Arc<Self>) -> Result<(), Status> {
        let Some(shared) = self.storage.shared() else { return Ok(()) };
        let (head, token_hash) = shared.head(&self.id).await.map_err(|error| self.unavailable(&error))?;
        *self.token_hash.write().unwrap_or_else(PoisonError::into_inner) = token_hash;
        if head > self.state().revision() {
            let _writer = self.writer.lock().await;
            self.turn().await?;
        }
        Ok(())
    }

    /// Does later what another process planned to do, in case that process has ended.
    fn stand_in(self: &Arc<Self>) {
        if self.standing_in.swap(true, Ordering::Relaxed) {
            return;
        }
        let cluster = Arc::downgrade(self);
        tokio::spawn(async move {
            tokio::time::sleep(LONGEST_PLAN).await;
            let Some(cluster) = cluster.upgrade() else { return };
            cluster.standing_in.store(false, Ordering::Relaxed);
            if let Err(error) = cluster.write(controllers::resume).await {
                tracing::warn!(cluster = cluster.id.in_logs(), %error, "unfinished work of another server was refused");
            }
        });
    }

    fn unavailable(&self, error: &(dyn std::error::Error + 'static)) -> Status {
        tracing::error!(cluster = self.id.in_logs(), error, "a practice cluster's storage failed");
        Status::internal("the storage of this practice cluster is not available")
    }

    /// Runs `work` as a write would, and throws the changes away.
    pub(crate) fn dry_run<R>(&self, work: impl FnOnce(&mut Transaction) -> Result<R, Status>) -> Result<R, Status> {
        let mut tx =
            Transaction::begin(self.state(), Arc::clone(&self.settings), Purpose::DryRun, controllers::CONTROLLERS);
        work(&mut tx)
    }

    fn check_limits(&self, outcome: &Outcome) -> Result<(), Status> {
        let limits = &self.settings.limits;
        let before = self.state();
        let grows = outcome.state.len() > before.len() || outcome.state.bytes() > before.bytes();
        let full = outcome.state.len() > limits.objects || outcome.state.bytes() > limits.bytes;
        if grows && full {
            return Err(Status::new(403, "Forbidden", limits.full()));
        }
        Ok(())
    }

    fn commit(self: &Arc<Self>, outcome: Outcome) {
        let revision = outcome.state.revision();
        let changes: Vec<Arc<Change>> = outcome.changes.into_iter().map(Arc::new).collect();
        let oldest = {
            let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
            live.advance(outcome.state, &changes, &self.settings.limits);
            live.history.oldest()
        };
        // What the log has forgotten is not kept alive by lists that are half read.
        self.paged.lock().unwrap_or_else(PoisonError::into_inner).retain(|state| state.revision() >= oldest);
        self.runtime.committed(&changes);
        self.head.send_replace(revision);
        for (after, task) in outcome.scheduled {
            self.run_later(after, task);
        }
    }

    /// Does `task` after a while. That alone does not keep the cluster in memory: when it is loaded again, its
    /// controllers plan anew.
    fn run_later(self: &Arc<Self>, after: Duration, task: Task) {
        let cluster = Arc::downgrade(self);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            let Some(cluster) = cluster.upgrade() else { return };
            if let Err(error) = cluster.write(|tx| controllers::wake(tx, task)).await {
                tracing::warn!(cluster = cluster.id.in_logs(), %error, "a controller's work was refused");
            }
        });
    }

    /// Whether `token` opens this cluster. A cluster without a token is open to whoever knows its name.
    pub(crate) fn admits(&self, token: Option<&str>) -> bool {
        let expected = self.token_hash.read().unwrap_or_else(PoisonError::into_inner);
        match (&*expected, token) {
            (None, _) => true,
            (Some(expected), Some(token)) => *expected == token_hash(token),
            (Some(_), None) => false,
        }
    }

    pub(crate) fn set_token_hash(&self, hash: String) {
        *self.token_hash.write().unwrap_or_else(PoisonError::into_inner) = Some(hash);
    }

    pub(crate) fn touch(&self) {
        self.last_used.store(now_seconds(), Ordering::Relaxed);
    }

    pub(crate) fn idle_seconds(&self) -> u64 {
        now_seconds().saturating_sub(self.last_used.load(Ordering::Relaxed))
    }
}

/// A cluster as its node knows it.
fn host(cluster: Weak<Cluster>) -> Host {
    let told = cluster.clone();
    let ended = move |ended: Ended| {
        let Some(cluster) = told.upgrade() else { return };
        // The write stops the task that says so, when it makes the process go: it is one of its own.
        tokio::spawn(async move {
            let Ended { pod, uid, container, exit } = ended;
            if let Err(error) = cluster.write(|tx| controllers::exited(tx, &pod, &uid, &container, &exit)).await {
                tracing::warn!(%error, "the end of a container could not be stored");
            }
        });
    };
    Host::new(move || Some(cluster.upgrade()?.state()), ended)
}

fn now_seconds() -> u64 {
    u64::try_from(Timestamp::now().as_second()).unwrap_or(0)
}

/// How a token is kept: hashed, so that a copied database opens nothing.
pub(crate) fn token_hash(token: &str) -> String {
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
