//! One practice cluster, which is a world behind a gate: its state, its recent history, and the one place where every
//! write waits for its turn.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{OwnedMutexGuard, watch};

use crate::clusters::quota::Quota;
use crate::clusters::standing::Standing;
use crate::controllers;
use crate::node::{Ended, Host, Runtime};
use crate::settings::{Limits, Settings, Used};
use crate::status::Status;
use crate::store::cluster_id::ClusterId;
use crate::store::database::{Around, Storage, Stored, Turn};
use crate::store::error::ClusterError;
use crate::store::history::{Entry, History};
use crate::store::room;
use crate::store::state::{Change, Revision, State};
use crate::store::task::Task;
use crate::store::transaction::{Outcome, Purpose, Transaction};
use crate::store::world::World;

/// One cluster.
pub(crate) struct Cluster {
    id: ClusterId,
    world: World,
    live: RwLock<Live>,
    writer: Arc<tokio::sync::Mutex<()>>,
    head: watch::Sender<Revision>,
    settings: Arc<Settings>,
    storage: Storage,
    /// What the cluster began with.
    baseline: State,
    /// What it shares with the other worlds behind its gate.
    quota: Arc<Quota>,
    /// Which world is current.
    standing: watch::Receiver<Standing>,
    /// Whether its world has begun anew, so that nothing is written here any more.
    retired: AtomicBool,
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
    /// No object appears to be older than this.
    floor: Revision,
}

/// Where a cluster stands.
pub(crate) struct Place {
    pub(crate) world: World,
    pub(crate) floor: Revision,
    pub(crate) quota: Arc<Quota>,
    pub(crate) standing: watch::Receiver<Standing>,
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
    pub(crate) fn new(
        id: ClusterId,
        place: Place,
        stored: Stored,
        settings: Arc<Settings>,
        storage: Storage,
    ) -> Arc<Self> {
        let Stored { state, baseline, .. } = stored;
        let Place { world, floor, quota, standing } = place;
        let revision = state.revision();
        quota.note(&world, state.beyond(&baseline));
        Arc::new_cyclic(|cluster| Self {
            id,
            world,
            live: RwLock::new(Live { state, history: History::after(revision), floor }),
            writer: Arc::default(),
            head: watch::Sender::new(revision),
            standing,
            retired: AtomicBool::new(false),
            runtime: Runtime::new(host(cluster.clone()), settings.enforcement_delay, quota.processes().clone()),
            quota,
            settings,
            storage,
            baseline,
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

    /// No object appears to be older than this: lower revisions have been given out for other worlds.
    pub(crate) fn floor(&self) -> Revision {
        self.live.read().unwrap_or_else(PoisonError::into_inner).floor
    }

    /// What it shares with the other worlds behind its gate.
    pub(crate) fn quota(&self) -> &Quota {
        &self.quota
    }

    /// How this cluster is set up.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The same, with what the other worlds behind its gate use now.
    pub(crate) fn settings_now(&self) -> Arc<Settings> {
        self.settings_beside(self.quota.elsewhere(&self.world))
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

    /// Runs `work` and then the controllers, and stores what they changed: all of it or, when either says no
    /// or the database does, nothing. Answers once the changes are durable and visible.
    pub(crate) async fn write<R>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Transaction) -> Result<R, Status>,
    ) -> Result<R, Status> {
        self.write_in(|_| Ok(()), work).await
    }

    /// The same for somebody who came through the gate, and only while it is as it was when `highest` was.
    pub(crate) async fn write_from_gate<R>(
        self: &Arc<Self>,
        highest: Revision,
        work: impl FnOnce(&mut Transaction) -> Result<R, Status>,
    ) -> Result<R, Status> {
        let still = |around: &Around| if around.highest == highest { Ok(()) } else { Err(Status::switched()) };
        self.write_in(still, work).await
    }

    async fn write_in<R>(
        self: &Arc<Self>,
        may: impl FnOnce(&Around) -> Result<(), Status>,
        work: impl FnOnce(&mut Transaction) -> Result<R, Status>,
    ) -> Result<R, Status> {
        let writer = self.hold().await;
        let turn = self.turn().await?;
        let around = self.around(&turn);
        may(&around)?;
        let settings = self.settings_beside(around.elsewhere);
        let (result, outcome) = {
            let state = self.state();
            let mut tx = Transaction::begin(state, Arc::clone(&settings), Purpose::Store, controllers::CONTROLLERS)
                .since(self.floor());
            let result = work(&mut tx)?;
            tx.settle()?;
            (result, tx.finish())
        };
        room::check(&self.state(), &outcome.state, &settings)?;
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

    /// Keeps writes out for as long as this is held.
    pub(crate) async fn hold(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.writer).lock_owned().await
    }

    /// The right to write, after taking in what others have written.
    async fn turn(self: &Arc<Self>) -> Result<Turn, Status> {
        if self.retired.load(Ordering::Relaxed) {
            return Err(Status::switched());
        }
        let since = self.state().revision();
        let turn = self.storage.turn(&self.id, since, &self.baseline).await;
        let (turn, news) = turn.map_err(|error| match error {
            ClusterError::Unknown(_) => Status::switched(),
            error => self.unavailable(&error),
        })?;
        if let Some(outcome) = news.outcome(self.state()) {
            self.commit(outcome);
            self.stand_in();
        }
        Ok(turn)
    }

    /// What stands around this cluster in its turn.
    fn around(&self, turn: &Turn) -> Around {
        match turn {
            Turn::Shared(turn) => turn.around,
            Turn::Own => {
                Around { highest: self.standing.borrow().highest, elsewhere: self.quota.elsewhere(&self.world) }
            }
        }
    }

    fn settings_beside(&self, elsewhere: Used) -> Arc<Settings> {
        if elsewhere == self.settings.elsewhere {
            return Arc::clone(&self.settings);
        }
        Arc::new(Settings { elsewhere, ..Settings::clone(&self.settings) })
    }

    /// Takes in what other processes have written to a shared database, where the cluster has come to `head`.
    pub(crate) async fn catch_up(self: &Arc<Self>, head: Revision) -> Result<(), Status> {
        if head > self.state().revision() {
            let _writer = self.writer.lock().await;
            self.turn().await?;
        }
        Ok(())
    }

    /// Makes revisions go on from `to`, because its world has become the current one: what was given out for other
    /// worlds says nothing here. Whoever calls this [holds](Self::hold) the cluster.
    pub(crate) fn raise(&self, to: Revision) {
        {
            let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
            if live.state.revision() < to {
                live.state.set_revision(to);
            }
            live.history = History::after(live.state.revision());
            live.floor = to;
        }
        self.paged.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.head.send_replace(self.state().revision());
    }

    /// The same when another process has done it: how far the revisions have come is learnt with the changes.
    pub(crate) fn lift(&self, floor: Revision) {
        self.live.write().unwrap_or_else(PoisonError::into_inner).floor = floor;
    }

    /// Lets nothing more be written: its world has begun anew, elsewhere.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Relaxed);
    }

    /// Does what a write before this cluster was in memory has planned.
    pub(crate) fn plan(self: &Arc<Self>, scheduled: &[(Duration, Task)]) {
        for (after, task) in scheduled {
            self.run_later(*after, task.clone());
        }
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
        Status::unavailable()
    }

    /// Runs `work` as a write would, and throws the changes away.
    pub(crate) fn dry_run<R>(&self, work: impl FnOnce(&mut Transaction) -> Result<R, Status>) -> Result<R, Status> {
        let settings = Arc::clone(&self.settings);
        let mut tx =
            Transaction::begin(self.state(), settings, Purpose::DryRun, controllers::CONTROLLERS).since(self.floor());
        work(&mut tx)
    }

    fn commit(self: &Arc<Self>, outcome: Outcome) {
        let revision = outcome.state.revision();
        self.quota.note(&self.world, outcome.state.beyond(&self.baseline));
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
