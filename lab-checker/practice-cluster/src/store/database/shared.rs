//! Clusters in a PostgreSQL that other processes serve too. A process keeps what it serves in memory as with
//! any database; before it writes, it locks the cluster's row and learns what others have done, so revisions
//! have no gaps and nobody overwrites what they have not seen. What was done stands in a log as long as the
//! one that watches replay; a process that comes later than that reads the whole cluster again.
//!
//! Notifications only say that there is something to read: losing one delays a watch, and loses nothing.

use std::sync::Arc;

use serde_json::Value;
use sqlx::postgres::PgListener;
use sqlx::{AnyConnection, Row};

use super::gates::{self, Locking};
use super::news::{Logged, News};
use super::rows::{Content, put, put_objects, signed};
use super::writers::{Writers, Writing};
use crate::settings::Used;
use crate::store::canonical;
use crate::store::cluster_id::ClusterId;
use crate::store::error::ClusterError;
use crate::store::gate::{GateRow, Step, Taken};
use crate::store::state::{Key, Revision, State};
use crate::store::transaction::Outcome;

/// Where processes tell each other which cluster has changed.
const CHANNEL: &str = "practice_clusters";

/// How many revisions may pass before the log is cut again.
const CUT_EVERY: Revision = 100;

/// The database, as one of the processes that use it.
#[derive(Clone)]
pub(crate) struct Shared {
    writers: Writers,
    /// How many changes of a cluster are kept.
    keep: Revision,
    /// This process, so that it need not listen to itself.
    origin: Arc<str>,
}

/// The right to write to a cluster: no other process does until this is stored or dropped.
pub(crate) struct Turn {
    /// There until it is stored.
    writing: Option<Writing>,
    shared: Shared,
    pub(crate) around: Around,
}

/// What stands around a cluster whose turn it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around {
    /// How far the gate had come when its current world became that.
    pub(crate) highest: Revision,
    /// What the other worlds of the gate hold.
    pub(crate) elsewhere: Used,
}

/// What a request looks at before it uses a cluster.
pub(crate) struct Glance {
    /// The version of the gate.
    pub(crate) version: u64,
    pub(crate) token_hash: Option<String>,
    /// How far the cluster has come; 0 when it is gone.
    pub(crate) head: Revision,
}

impl Shared {
    pub(super) fn new(writers: Writers, keep: usize) -> Self {
        let origin = uuid::Uuid::new_v4().simple().to_string().into();
        Self { writers, keep: u64::try_from(keep).unwrap_or(u64::MAX), origin }
    }

    /// What a request looks at before it uses a world's cluster; `None` when there is no such gate.
    pub(crate) async fn glance(&self, gate: &ClusterId, cluster: &ClusterId) -> Result<Option<Glance>, sqlx::Error> {
        let row = sqlx::query(
            "SELECT c.token_hash, COALESCE(g.version, 0) AS version,
                (SELECT head FROM practice_clusters WHERE id = $2) AS head
             FROM practice_clusters c LEFT JOIN practice_gates g ON g.id = c.id WHERE c.id = $1",
        )
        .bind(gate.as_str())
        .bind(cluster.as_str())
        .fetch_optional(self.writers.pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Glance {
            version: unsigned(row.try_get("version")?),
            token_hash: row.try_get("token_hash")?,
            head: unsigned(row.try_get::<Option<i64>, _>("head")?.unwrap_or(0)),
        }))
    }

    /// Takes a step of a gate, and tells the other processes.
    pub(super) async fn take(
        &self,
        id: &ClusterId,
        step: &Step,
        heads: Revision,
    ) -> Result<(GateRow, Taken), ClusterError> {
        let mut writing = self.writers.begin().await?;
        let taken = gates::take(&mut writing, id, step, heads, Locking::Row).await?;
        self.tell(&mut writing, id).await?;
        self.writers.noted(writing.commit().await)?;
        Ok(taken)
    }

    /// Takes a gate away.
    pub(super) async fn remove(&self, id: &ClusterId) -> Result<(), ClusterError> {
        let mut writing = self.writers.begin().await?;
        gates::remove(&mut writing, id, Locking::Row).await?;
        self.tell(&mut writing, id).await?;
        self.writers.noted(writing.commit().await)?;
        Ok(())
    }

    /// Waits for a cluster's turn, and tells what others did after `since`.
    pub(crate) async fn turn(
        &self,
        id: &ClusterId,
        since: Revision,
        baseline: &State,
    ) -> Result<(Turn, News), ClusterError> {
        let mut writing = self.writers.begin().await?;
        let row = sqlx::query("SELECT head FROM practice_clusters WHERE id = $1 FOR UPDATE")
            .bind(id.as_str())
            .fetch_optional(&mut *writing)
            .await?;
        let row = row.ok_or_else(|| ClusterError::Unknown(id.clone()))?;
        let head = unsigned(row.try_get("head")?);
        let news = if head == since {
            News::None
        } else {
            let changes = logged(&mut writing, id, since).await?;
            // Every change has a revision of its own, so a log without gaps has as many rows as revisions.
            if Some(changes.len() as u64) == head.checked_sub(since) {
                News::Changes(changes)
            } else {
                let mut state = baseline.clone();
                put_objects(&mut writing, id, &mut state).await?;
                state.set_revision(head);
                News::Everything(state)
            }
        };
        let around = around(&mut writing, id).await?;
        Ok((Turn { writing: Some(writing), shared: self.clone(), around }, news))
    }

    /// Tells the other processes, when this is stored, that there is something to read.
    async fn tell(&self, writing: &mut Writing, id: &ClusterId) -> Result<(), sqlx::Error> {
        sqlx::query("SELECT CAST(pg_notify($1, $2) AS TEXT)")
            .bind(CHANNEL)
            .bind(format!("{} {id}", self.origin))
            .execute(&mut **writing)
            .await?;
        Ok(())
    }

    /// Hands on what other processes tell, for as long as `told` wants to hear it: the gate behind which something
    /// has changed, or `None` when something may have been missed.
    pub(crate) async fn listen(&self, mut told: impl FnMut(Option<ClusterId>) -> bool) {
        let address = self.writers.pool().connect_options().database_url.to_string();
        loop {
            let heard = async {
                let mut listener = PgListener::connect(&address).await?;
                listener.listen(CHANNEL).await?;
                loop {
                    // The connection is new here, or was lost.
                    if !told(None) {
                        return Ok(());
                    }
                    while let Some(notification) = listener.try_recv().await? {
                        let Some((origin, id)) = notification.payload().split_once(' ') else { continue };
                        if *origin != *self.origin && !told(Some(ClusterId::from_stored(id.to_owned()).gate())) {
                            return Ok(());
                        }
                    }
                }
            };
            match heard.await {
                Ok(()) => return,
                Err::<(), sqlx::Error>(error) => {
                    tracing::warn!(%error, "changes by other servers are noticed late");
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                    if !told(None) {
                        return;
                    }
                }
            }
        }
    }
}

impl Turn {
    /// Makes a write durable, and tells the other processes.
    pub(crate) async fn store(
        mut self,
        id: &ClusterId,
        outcome: &Outcome,
        baseline: &State,
    ) -> Result<(), sqlx::Error> {
        let mut writing = self.writing.take().expect("a turn is stored once");
        let head = outcome.state.revision();
        put(&mut writing, id, &Content::of(outcome, baseline)).await?;
        let keep = self.shared.keep;
        for change in outcome.changes.iter().filter(|change| change.revision.saturating_add(keep) > head) {
            sqlx::query(
                "INSERT INTO practice_log (cluster_id, revision, resource, namespace, name, body)
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(id.as_str())
            .bind(signed(change.revision))
            .bind(change.key.qualified().into_owned())
            .bind(change.key.namespace())
            .bind(change.key.name())
            .bind(change.after.as_ref().map(ToString::to_string).unwrap_or_default())
            .execute(&mut *writing)
            .await?;
        }
        let first = outcome.changes.first().map_or(head, |change| change.revision);
        if head / CUT_EVERY != first.saturating_sub(1) / CUT_EVERY {
            sqlx::query("DELETE FROM practice_log WHERE cluster_id = $1 AND revision <= $2")
                .bind(id.as_str())
                .bind(signed(head.saturating_sub(keep)))
                .execute(&mut *writing)
                .await?;
        }
        self.shared.tell(&mut writing, id).await?;
        writing.commit().await
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Nothing failed, there was only nothing to store.
        if let Some(writing) = self.writing.take() {
            tokio::spawn(async move {
                if let Err(error) = writing.abandon().await {
                    tracing::debug!(%error, "a turn that was not used could not be given back");
                }
            });
        }
    }
}

async fn logged(connection: &mut AnyConnection, id: &ClusterId, since: Revision) -> Result<Vec<Logged>, ClusterError> {
    let rows = sqlx::query(
        "SELECT revision, resource, namespace, name, body FROM practice_log
         WHERE cluster_id = $1 AND revision > $2 ORDER BY revision",
    )
    .bind(id.as_str())
    .bind(signed(since))
    .fetch_all(connection)
    .await?;
    let mut changes = Vec::with_capacity(rows.len());
    for row in &rows {
        let resource: String = row.try_get("resource")?;
        let body: String = row.try_get("body")?;
        let after = match body.as_str() {
            "" => None,
            text => Some(Arc::new(canonical::ordered(serde_json::from_str::<Value>(text)?))),
        };
        let key = Key::named(&resource, &row.try_get::<String, _>("namespace")?, &row.try_get::<String, _>("name")?);
        changes.push(Logged { revision: unsigned(row.try_get("revision")?), key, after });
    }
    Ok(changes)
}

/// What stands around a cluster. Its row is locked: no step of the gate that concerns it happens meanwhile.
async fn around(connection: &mut AnyConnection, id: &ClusterId) -> Result<Around, ClusterError> {
    let row = sqlx::query(
        "SELECT (SELECT highest FROM practice_gates WHERE id = $1) AS highest,
            CAST(SUM(CASE WHEN cluster_id = $2 THEN 1 ELSE 0 END) AS BIGINT) AS here,
            CAST(SUM(CASE WHEN cluster_id = $2 THEN 0 ELSE objects END) AS BIGINT) AS objects,
            CAST(SUM(CASE WHEN cluster_id = $2 THEN 0 ELSE pods END) AS BIGINT) AS pods,
            CAST(SUM(CASE WHEN cluster_id = $2 THEN 0 ELSE bytes END) AS BIGINT) AS bytes
         FROM practice_worlds WHERE gate = $1",
    )
    .bind(id.gate().as_str())
    .bind(id.as_str())
    .fetch_one(connection)
    .await?;
    let number = |column: &str| -> Result<u64, sqlx::Error> {
        Ok(unsigned(row.try_get::<Option<i64>, _>(column)?.unwrap_or(0)))
    };
    let size = |column: &str| Ok::<_, sqlx::Error>(usize::try_from(number(column)?).unwrap_or(usize::MAX));
    if number("here")? == 0 {
        return Err(ClusterError::Unknown(id.clone()));
    }
    let elsewhere = Used { objects: size("objects")?, pods: size("pods")?, bytes: size("bytes")? };
    Ok(Around { highest: number("highest")?, elsewhere })
}

fn unsigned(revision: i64) -> Revision {
    u64::try_from(revision).unwrap_or(0)
}
