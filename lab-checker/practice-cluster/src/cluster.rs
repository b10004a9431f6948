//! One practice cluster: its state, its recent history, and the one gate through which every write goes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::Timestamp;
use tokio::sync::{Semaphore, watch};

use crate::clusters::ClusterId;
use crate::controllers;
use crate::runtime::Runtime;
use crate::settings::Settings;
use crate::state::{Change, Revision, State};
use crate::status::Status;
use crate::storage::{Storage, Stored};
use crate::transaction::{Outcome, Purpose, Transaction};

/// One cluster.
pub(crate) struct Cluster {
    id: ClusterId,
    live: RwLock<Live>,
    writer: tokio::sync::Mutex<()>,
    head: watch::Sender<Revision>,
    settings: Arc<Settings>,
    storage: Storage,
    /// What the cluster began with.
    baseline: State,
    token_hash: RwLock<Option<String>>,
    watches: Arc<Semaphore>,
    sessions: Arc<Semaphore>,
    runtime: Runtime,
    /// States that a client is paging through, newest last.
    paged: Mutex<VecDeque<State>>,
    last_used: AtomicU64,
}

/// How many lists can be paged through at once before the oldest must start again.
const PAGED_STATES: usize = 32;

struct Live {
    state: State,
    log: VecDeque<Arc<Change>>,
    /// Changes up to and including this revision are no longer in the log.
    forgotten: Revision,
}

impl Cluster {
    pub(crate) fn new(id: ClusterId, stored: Stored, settings: Arc<Settings>, storage: Storage) -> Arc<Self> {
        let Stored { state, baseline, token_hash, .. } = stored;
        let revision = state.revision();
        Arc::new(Self {
            id,
            live: RwLock::new(Live { state, log: VecDeque::new(), forgotten: revision }),
            writer: tokio::sync::Mutex::new(()),
            head: watch::Sender::new(revision),
            watches: Arc::new(Semaphore::new(settings.limits.watches)),
            sessions: Arc::new(Semaphore::new(settings.limits.sessions)),
            runtime: Runtime::default(),
            settings,
            storage,
            baseline,
            token_hash: RwLock::new(token_hash),
            paged: Mutex::default(),
            last_used: AtomicU64::new(0),
        })
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
    pub(crate) fn changes_since(&self, since: Revision) -> Option<Vec<Arc<Change>>> {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        if since < live.forgotten {
            return None;
        }
        let start = live.log.partition_point(|change| change.revision <= since);
        Some(live.log.range(start..).cloned().collect())
    }

    /// The oldest revision from which a watch can start.
    pub(crate) fn oldest(&self) -> Revision {
        self.live.read().unwrap_or_else(PoisonError::into_inner).forgotten
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
    pub(crate) fn watch_slot(&self) -> Result<tokio::sync::OwnedSemaphorePermit, Status> {
        Arc::clone(&self.watches).try_acquire_owned().map_err(|_| {
            Status::too_many_requests("this practice cluster has too many watches open, please try again later")
        })
    }

    /// A place for one more exec, attach or log session.
    pub(crate) fn session_slot(&self) -> Result<tokio::sync::OwnedSemaphorePermit, Status> {
        Arc::clone(&self.sessions).try_acquire_owned().map_err(|_| {
            Status::too_many_requests("this practice cluster has too many sessions open, please try again later")
        })
    }

    /// Runs `work` and then the controllers, and stores what they changed: all of it or, when either says no
    /// or the database does, nothing. Answers once the changes are durable and visible.
    pub(crate) async fn write<R>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Transaction) -> Result<R, Status>,
    ) -> Result<R, Status> {
        let _writer = self.writer.lock().await;
        let (result, outcome) = {
            let mut tx = Transaction::begin(self.state(), Arc::clone(&self.settings), Purpose::Store);
            let result = work(&mut tx)?;
            tx.settle()?;
            (result, tx.finish())
        };
        self.check_limits(&outcome)?;
        self.storage.append(&self.id, &outcome, &self.baseline).await.map_err(|error| {
            tracing::error!(cluster = %self.id, %error, "a write could not be stored");
            Status::internal("the storage of this practice cluster is not available")
        })?;
        self.commit(outcome);
        Ok(result)
    }

    /// Runs `work` as a write would, and throws the changes away.
    pub(crate) fn dry_run<R>(&self, work: impl FnOnce(&mut Transaction) -> Result<R, Status>) -> Result<R, Status> {
        let mut tx = Transaction::begin(self.state(), Arc::clone(&self.settings), Purpose::DryRun);
        work(&mut tx)
    }

    fn check_limits(&self, outcome: &Outcome) -> Result<(), Status> {
        let limits = &self.settings.limits;
        let before = self.state();
        let grows = outcome.state.len() > before.len() || outcome.state.bytes() > before.bytes();
        let full = outcome.state.len() > limits.objects || outcome.state.bytes() > limits.bytes;
        if grows && full {
            return Err(Status::new(
                403,
                "Forbidden",
                format!(
                    "this practice cluster is full: it may hold {} objects and {} bytes; delete something first",
                    limits.objects, limits.bytes
                ),
            ));
        }
        Ok(())
    }

    fn commit(self: &Arc<Self>, outcome: Outcome) {
        let revision = outcome.state.revision();
        let changes: Vec<Arc<Change>> = outcome.changes.into_iter().map(Arc::new).collect();
        {
            let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
            live.state = outcome.state;
            live.log.extend(changes.iter().map(Arc::clone));
            while live.log.len() > self.settings.limits.log {
                if let Some(change) = live.log.pop_front() {
                    live.forgotten = change.revision;
                }
            }
        }
        self.runtime.committed(self, &changes);
        self.head.send_replace(revision);
        for (after, task) in outcome.scheduled {
            self.run_later(after, task);
        }
    }

    fn run_later(self: &Arc<Self>, after: std::time::Duration, task: controllers::Task) {
        let cluster = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            if let Err(error) = cluster.write(|tx| controllers::wake(tx, task)).await {
                tracing::warn!(cluster = %cluster.id, %error, "a controller's work was refused");
            }
        });
    }

    /// Whether `token` opens this cluster. A cluster without a token is open to whoever knows its name.
    pub(crate) fn admits(&self, token: Option<&str>) -> bool {
        let expected = self.token_hash.read().unwrap_or_else(PoisonError::into_inner);
        match (&*expected, token) {
            (None, _) => true,
            (Some(expected), Some(token)) => *expected == crate::clusters::hash(token),
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

fn now_seconds() -> u64 {
    u64::try_from(Timestamp::now().as_second()).unwrap_or(0)
}
