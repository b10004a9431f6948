//! Clusters in SQLite or PostgreSQL, through one set of statements that both understand.
//!
//! Only what differs from the baseline is stored: a row an object, with an empty body for a deleted baseline
//! object. Writes of many clusters share one database transaction (group commit): whoever comes while one is
//! being flushed goes into the next.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use sqlx::{AnyConnection, Row};
use tokio::sync::{mpsc, oneshot};

use super::baseline_text::{from_text, to_text};
use super::writers::{Writers, is_about_the_row};
use crate::resource::RESOURCES;
use crate::store::canonical;
use crate::store::cluster_id::ClusterId;
use crate::store::error::ClusterError;
use crate::store::state::{Change, Key, State};
use crate::store::transaction::Outcome;

/// How many writes may share one transaction.
const BATCH: usize = 256;

/// What a cluster begins with that is created at a moment.
pub(crate) type Fresh<'a> = dyn Fn(Timestamp) -> State + Send + Sync + 'a;

/// A cluster as it was stored.
pub(crate) struct Stored {
    pub(crate) state: State,
    /// What it began with.
    pub(crate) baseline: State,
    pub(crate) token_hash: Option<String>,
    /// Whether anything was ever written to it.
    pub(crate) used: bool,
}

const PROBE: &str = "INSERT INTO practice_probe (id, body) VALUES (1, $1)
                     ON CONFLICT (id) DO UPDATE SET body = excluded.body";

/// How a cluster is read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Locking {
    /// Nobody else writes to the database.
    None,
    /// Others may: its row is locked until it is read.
    Row,
}

/// The database, and the task that writes to it.
#[derive(Clone)]
pub(crate) struct Database {
    writers: Writers,
    writes: mpsc::Sender<Write>,
    /// The baselines in use that are stored, by creation time.
    baselines: Arc<Mutex<HashMap<i64, State>>>,
}

struct Write {
    cluster: ClusterId,
    head: i64,
    rows: Vec<RowChange>,
    done: oneshot::Sender<Result<(), sqlx::Error>>,
}

/// What a write changes in one row.
pub(super) struct RowChange {
    key: Key,
    /// The object as text; empty for a deleted object of the baseline; `None` for any other deleted object.
    body: Option<String>,
}

impl Database {
    pub(super) fn new(writers: Writers) -> Self {
        let (writes, queue) = mpsc::channel(4 * BATCH);
        tokio::spawn(flush(writers.clone(), queue));
        Self { writers, writes, baselines: Arc::default() }
    }

    pub(crate) async fn create(&self, id: &ClusterId, now: Timestamp, fresh: &Fresh<'_>) -> Result<(), ClusterError> {
        let mut writing = self.writers.begin().await?;
        let baseline = self.baseline(&mut writing, now, fresh).await?;
        sqlx::query(
            "INSERT INTO practice_clusters (id, created_at, head) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
        )
        .bind(id.as_str())
        .bind(now.as_second())
        .bind(i64::try_from(baseline.revision()).unwrap_or(i64::MAX))
        .execute(&mut *writing)
        .await?;
        writing.commit().await?;
        self.remember(now, &baseline);
        Ok(())
    }

    /// A cluster as it is now. `locking` is what keeps other processes from writing meanwhile.
    pub(super) async fn load(
        &self,
        id: &ClusterId,
        fresh: &Fresh<'_>,
        locking: Locking,
    ) -> Result<Option<Stored>, ClusterError> {
        let mut writing = self.writers.begin().await?;
        let found = sqlx::query(match locking {
            Locking::None => "SELECT created_at, head, token_hash FROM practice_clusters WHERE id = $1",
            Locking::Row => "SELECT created_at, head, token_hash FROM practice_clusters WHERE id = $1 FOR SHARE",
        })
        .bind(id.as_str())
        .fetch_optional(&mut *writing)
        .await?;
        let Some(found) = found else {
            writing.abandon().await?;
            return Ok(None);
        };
        let created = Timestamp::from_second(found.try_get("created_at")?).unwrap_or_default();
        let head: i64 = found.try_get("head")?;
        let baseline = self.baseline(&mut writing, created, fresh).await?;
        let mut state = baseline.clone();
        let used = put_objects(&mut writing, id, &mut state).await? > 0;
        // A baseline may have been stored.
        writing.commit().await?;
        self.remember(created, &baseline);
        let head = u64::try_from(head).unwrap_or(0).max(state.revision());
        state.set_revision(head);
        Ok(Some(Stored { state, baseline, token_hash: found.try_get("token_hash")?, used }))
    }

    /// What the clusters of one creation time began with: as it was stored by whoever made the first of them.
    async fn baseline(
        &self,
        connection: &mut AnyConnection,
        created: Timestamp,
        fresh: &Fresh<'_>,
    ) -> Result<State, ClusterError> {
        let second = created.as_second();
        if let Some(known) = self.baselines.lock().unwrap_or_else(PoisonError::into_inner).get(&second) {
            return Ok(known.clone());
        }
        sqlx::query(
            "INSERT INTO practice_baselines (created_at, body) VALUES ($1, $2) ON CONFLICT (created_at) DO NOTHING",
        )
        .bind(second)
        .bind(to_text(&fresh(created)))
        .execute(&mut *connection)
        .await?;
        let stored = sqlx::query("SELECT body FROM practice_baselines WHERE created_at = $1")
            .bind(second)
            .fetch_one(&mut *connection)
            .await?;
        Ok(from_text(&stored.try_get::<String, _>("body")?)?)
    }

    /// From now on this baseline need not be read again: it is stored.
    fn remember(&self, created: Timestamp, baseline: &State) {
        let mut baselines = self.baselines.lock().unwrap_or_else(PoisonError::into_inner);
        baselines.entry(created.as_second()).or_insert_with(|| baseline.clone());
    }

    pub(crate) async fn append(&self, id: &ClusterId, outcome: &Outcome, baseline: &State) -> Result<(), sqlx::Error> {
        let (done, answer) = oneshot::channel();
        let rows = rows(outcome, baseline);
        let head = i64::try_from(outcome.state.revision()).unwrap_or(i64::MAX);
        let write = Write { cluster: id.clone(), head, rows, done };
        self.writes.send(write).await.map_err(|_| sqlx::Error::WorkerCrashed)?;
        answer.await.map_err(|_| sqlx::Error::WorkerCrashed)?
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
        put_rows(&mut writing, &write.cluster, write.head, &write.rows).await?;
    }
    writing.commit().await
}

/// The rows that a write changes, each as it is in the end.
pub(super) fn rows(outcome: &Outcome, baseline: &State) -> Vec<RowChange> {
    let row = |change: &Change| RowChange {
        key: change.key.clone(),
        body: match &change.after {
            Some(object) => Some(object.to_string()),
            None => baseline.get(&change.key).map(|_| String::new()),
        },
    };
    let last: HashMap<&Key, &Change> = outcome.changes.iter().map(|change| (&change.key, change)).collect();
    let last_of_its_key = |change: &&Change| last.get(&change.key).is_some_and(|last| last.revision == change.revision);
    outcome.changes.iter().filter(last_of_its_key).map(row).collect()
}

/// Writes the rows of a cluster, and how far it has come.
pub(super) async fn put_rows(
    connection: &mut AnyConnection,
    id: &ClusterId,
    head: i64,
    rows: &[RowChange],
) -> Result<(), sqlx::Error> {
    for row in rows {
        let Some(body) = &row.body else {
            sqlx::query(
                "DELETE FROM practice_objects
                 WHERE cluster_id = $1 AND resource = $2 AND namespace = $3 AND name = $4",
            )
            .bind(id.as_str())
            .bind(row.key.resource().qualified())
            .bind(row.key.namespace())
            .bind(row.key.name())
            .execute(&mut *connection)
            .await?;
            continue;
        };
        sqlx::query(
            "INSERT INTO practice_objects (cluster_id, resource, namespace, name, body)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (cluster_id, resource, namespace, name) DO UPDATE SET body = excluded.body",
        )
        .bind(id.as_str())
        .bind(row.key.resource().qualified())
        .bind(row.key.namespace())
        .bind(row.key.name())
        .bind(body.as_str())
        .execute(&mut *connection)
        .await?;
    }
    sqlx::query("UPDATE practice_clusters SET head = $1 WHERE id = $2")
        .bind(head)
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Puts what is stored of a cluster on top of what it began with; tells how many rows there are.
pub(super) async fn put_objects(
    connection: &mut AnyConnection,
    id: &ClusterId,
    state: &mut State,
) -> Result<usize, ClusterError> {
    let rows = sqlx::query("SELECT resource, namespace, name, body FROM practice_objects WHERE cluster_id = $1")
        .bind(id.as_str())
        .fetch_all(connection)
        .await?;
    for row in &rows {
        let resource: String = row.try_get("resource")?;
        let Some(resource) = RESOURCES.iter().find(|r| r.qualified() == resource) else { continue };
        let key = Key::new(resource, &row.try_get::<String, _>("namespace")?, &row.try_get::<String, _>("name")?);
        let body: String = row.try_get("body")?;
        if body.is_empty() {
            state.remove(&key);
        } else {
            state.put(key, Arc::new(canonical::ordered(serde_json::from_str::<Value>(&body)?)));
        }
    }
    Ok(rows.len())
}
