//! Clusters in SQLite or PostgreSQL, through one set of statements that both understand.
//!
//! Only what differs from the baseline is stored: a row an object, with an empty body for a deleted baseline
//! object. Writes of many clusters share one database transaction (group commit): whoever comes while one is
//! being flushed goes into the next.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::{AnyConnection, Row};
use tokio::sync::{mpsc, oneshot};

use super::gates::{self, Locking};
use super::rows::{Content, put, put_objects, signed};
use super::writers::{Writers, is_about_the_row};
use crate::store::cluster_id::ClusterId;
use crate::store::error::ClusterError;
use crate::store::gate::{GateRow, Step, Taken, WorldRow};
use crate::store::setup::Setup;
use crate::store::state::{Revision, State};
use crate::store::transaction::Outcome;

/// How many writes may share one transaction.
const BATCH: usize = 256;

/// What a cluster of a setup begins with.
pub(crate) type Fresh<'a> = dyn Fn(&Setup) -> State + Send + Sync + 'a;

/// A cluster as it was stored.
pub(crate) struct Stored {
    pub(crate) state: State,
    /// What it began with.
    pub(crate) baseline: State,
    /// Whether anything was ever written to it.
    pub(crate) used: bool,
}

const PROBE: &str = "INSERT INTO practice_probe (id, body) VALUES (1, $1)
                     ON CONFLICT (id) DO UPDATE SET body = excluded.body";

/// The database, and the task that writes to it.
#[derive(Clone)]
pub(crate) struct Database {
    writers: Writers,
    writes: mpsc::Sender<Write>,
    /// The baselines in use that are stored.
    baselines: Arc<Mutex<HashMap<Setup, State>>>,
}

struct Write {
    cluster: ClusterId,
    content: Content,
    done: oneshot::Sender<Result<(), sqlx::Error>>,
}

impl Database {
    pub(super) fn new(writers: Writers) -> Self {
        let (writes, queue) = mpsc::channel(4 * BATCH);
        tokio::spawn(flush(writers.clone(), queue));
        Self { writers, writes, baselines: Arc::default() }
    }

    /// Makes a gate with its sandbox, when there is none of that name yet.
    pub(crate) async fn create(&self, id: &ClusterId, setup: Setup, fresh: &Fresh<'_>) -> Result<(), ClusterError> {
        let mut writing = self.writers.begin().await?;
        let baseline = self.baseline_on(&mut writing, setup, fresh).await?;
        let made = sqlx::query(
            "INSERT INTO practice_clusters (id, created_at, head) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
        )
        .bind(id.as_str())
        .bind(setup.created().as_second())
        .bind(signed(baseline.revision()))
        .execute(&mut *writing)
        .await?;
        if made.rows_affected() > 0 {
            for row in &GateRow::new(id, setup).worlds {
                gates::put_world(&mut writing, id, row).await?;
            }
        }
        writing.commit().await?;
        self.remember(setup, &baseline);
        Ok(())
    }

    /// A world's cluster as it is now. `locking` is what keeps other processes from writing meanwhile.
    pub(super) async fn load(
        &self,
        row: &WorldRow,
        fresh: &Fresh<'_>,
        locking: Locking,
    ) -> Result<Option<Stored>, ClusterError> {
        let mut writing = self.writers.begin().await?;
        let found = sqlx::query(match locking {
            Locking::None => "SELECT head FROM practice_clusters WHERE id = $1",
            Locking::Row => "SELECT head FROM practice_clusters WHERE id = $1 FOR SHARE",
        })
        .bind(row.cluster.as_str())
        .fetch_optional(&mut *writing)
        .await?;
        let Some(found) = found else {
            writing.abandon().await?;
            return Ok(None);
        };
        let head: i64 = found.try_get("head")?;
        let baseline = self.baseline_on(&mut writing, row.setup, fresh).await?;
        let mut state = baseline.clone();
        let used = put_objects(&mut writing, &row.cluster, &mut state).await? > 0;
        // A baseline may have been stored.
        writing.commit().await?;
        self.remember(row.setup, &baseline);
        let head = u64::try_from(head).unwrap_or(0).max(state.revision());
        state.set_revision(head);
        Ok(Some(Stored { state, baseline, used }))
    }

    /// What the clusters of a setup begin with, as it is stored.
    pub(super) async fn baseline(&self, setup: Setup, fresh: &Fresh<'_>) -> Result<State, ClusterError> {
        let mut writing = self.writers.begin().await?;
        let baseline = self.baseline_on(&mut writing, setup, fresh).await?;
        writing.commit().await?;
        self.remember(setup, &baseline);
        Ok(baseline)
    }

    async fn baseline_on(
        &self,
        connection: &mut AnyConnection,
        setup: Setup,
        fresh: &Fresh<'_>,
    ) -> Result<State, ClusterError> {
        if let Some(known) = self.baselines.lock().unwrap_or_else(PoisonError::into_inner).get(&setup) {
            return Ok(known.clone());
        }
        gates::baseline(connection, &setup, || fresh(&setup)).await
    }

    /// From now on this baseline need not be read again: it is stored.
    fn remember(&self, setup: Setup, baseline: &State) {
        let mut baselines = self.baselines.lock().unwrap_or_else(PoisonError::into_inner);
        baselines.entry(setup).or_insert_with(|| baseline.clone());
    }

    /// A gate; `None` when there is none.
    pub(super) async fn gate(&self, id: &ClusterId) -> Result<Option<GateRow>, ClusterError> {
        let mut connection = self.writers.pool().acquire().await?;
        gates::read_gate(&mut connection, id).await
    }

    /// Takes a step of a gate that nobody else knows.
    pub(super) async fn take(
        &self,
        id: &ClusterId,
        step: &Step,
        heads: Revision,
    ) -> Result<(GateRow, Taken), ClusterError> {
        let mut writing = self.writers.begin().await?;
        let taken = gates::take(&mut writing, id, step, heads, Locking::None).await;
        let taken = self.noted(taken)?;
        self.writers.noted(writing.commit().await)?;
        Ok(taken)
    }

    /// Takes a gate away that nobody else knows.
    pub(super) async fn remove(&self, id: &ClusterId) -> Result<(), ClusterError> {
        let mut writing = self.writers.begin().await?;
        self.noted(gates::remove(&mut writing, id, Locking::None).await)?;
        self.writers.noted(writing.commit().await)?;
        Ok(())
    }

    pub(crate) async fn append(&self, id: &ClusterId, outcome: &Outcome, baseline: &State) -> Result<(), sqlx::Error> {
        let (done, answer) = oneshot::channel();
        let write = Write { cluster: id.clone(), content: Content::of(outcome, baseline), done };
        self.writes.send(write).await.map_err(|_| sqlx::Error::WorkerCrashed)?;
        answer.await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }

    /// Remembers what came of a write that may fail for other reasons too.
    fn noted<T>(&self, done: Result<T, ClusterError>) -> Result<T, ClusterError> {
        match done {
            Err(ClusterError::Storage(error)) => Ok(self.writers.noted(Err(error))?),
            done => done,
        }
    }

    pub(super) async fn probe(&self) -> Result<(), sqlx::Error> {
        self.writers.probe(PROBE).await
    }

    pub(super) fn is_failing(&self) -> bool {
        self.writers.are_failing()
    }

    pub(crate) async fn set_token_hash(&self, id: &ClusterId, hash: &str) -> Result<(), sqlx::Error> {
        let mut writing = self.writers.begin().await?;
        sqlx::query("UPDATE practice_clusters SET token_hash = $1 WHERE id = $2")
            .bind(hash)
            .bind(id.as_str())
            .execute(&mut *writing)
            .await?;
        writing.commit().await
    }
}

async fn flush(writers: Writers, mut queue: mpsc::Receiver<Write>) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        let Err(error) = store(&writers, &batch).await else {
            answer_all(&mut batch, || Ok(()));
            continue;
        };
        tracing::warn!(%error, "writes of practice clusters are tried again one by one");
        // One bad write must not fail its neighbours. When writing itself fails, there is no use in trying on.
        while let Some(write) = batch.pop() {
            let answer = store(&writers, std::slice::from_ref(&write)).await;
            let fails = answer.as_ref().err().filter(|error| !is_about_the_row(error)).map(ToString::to_string);
            let _ = write.done.send(answer);
            if let Some(reason) = fails {
                answer_all(&mut batch, || Err(sqlx::Error::Io(io::Error::other(reason.clone()))));
            }
        }
    }
}

fn answer_all(batch: &mut Vec<Write>, answer: impl Fn() -> Result<(), sqlx::Error>) {
    for write in batch.drain(..) {
        // The request may be gone; what it wrote is stored all the same.
        let _ = write.done.send(answer());
    }
}

async fn store(writers: &Writers, batch: &[Write]) -> Result<(), sqlx::Error> {
    writers.noted(put_all(writers, batch).await)
}

async fn put_all(writers: &Writers, batch: &[Write]) -> Result<(), sqlx::Error> {
    let mut writing = writers.begin().await?;
    for write in batch {
        put(&mut writing, &write.cluster, &write.content).await?;
    }
    writing.commit().await
}
