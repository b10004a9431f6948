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

use super::news::{Logged, News};
use super::tables::{self, put_rows};
use super::writers::{Writers, Writing};
use crate::resource::RESOURCES;
use crate::store::canonical;
use crate::store::cluster_id::ClusterId;
use crate::store::error::ClusterError;
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
    keep: Revision,
    origin: Arc<str>,
}

impl Shared {
    pub(super) fn new(writers: Writers, keep: usize) -> Self {
        let origin = uuid::Uuid::new_v4().simple().to_string().into();
        Self { writers, keep: u64::try_from(keep).unwrap_or(u64::MAX), origin }
    }

    /// How far a cluster has come, and the hash of its token.
    pub(crate) async fn head(&self, id: &ClusterId) -> Result<(Revision, Option<String>), sqlx::Error> {
        let row = sqlx::query("SELECT head, token_hash FROM practice_clusters WHERE id = $1")
            .bind(id.as_str())
            .fetch_one(self.writers.pool())
            .await?;
        Ok((unsigned(row.try_get("head")?), row.try_get("token_hash")?))
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
            .fetch_one(&mut *writing)
            .await?;
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
                tables::put_objects(&mut writing, id, &mut state).await?;
                state.set_revision(head);
                News::Everything(state)
            }
        };
        Ok((Turn { writing: Some(writing), keep: self.keep, origin: Arc::clone(&self.origin) }, news))
    }

    /// Hands on what other processes tell, for as long as `told` wants to hear it: the cluster that has changed,
    /// or `None` when something may have been missed.
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
                        if *origin != *self.origin && !told(ClusterId::parse(id)) {
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
        let rows = tables::rows(outcome, baseline);
        put_rows(&mut writing, id, signed(head), &rows).await?;
        for change in outcome.changes.iter().filter(|change| change.revision + self.keep > head) {
            sqlx::query(
                "INSERT INTO practice_log (cluster_id, revision, resource, namespace, name, body)
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(id.as_str())
            .bind(signed(change.revision))
            .bind(change.key.resource().qualified())
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
                .bind(signed(head.saturating_sub(self.keep)))
                .execute(&mut *writing)
                .await?;
        }
        sqlx::query("SELECT CAST(pg_notify($1, $2) AS TEXT)")
            .bind(CHANNEL)
            .bind(format!("{} {id}", self.origin))
            .execute(&mut *writing)
            .await?;
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
        // Another version of this program may serve kinds that this one does not: then the log has a gap.
        let Some(resource) = RESOURCES.iter().find(|known| known.qualified() == resource) else { continue };
        let body: String = row.try_get("body")?;
        let after = match body.as_str() {
            "" => None,
            text => Some(Arc::new(canonical::ordered(serde_json::from_str::<Value>(text)?))),
        };
        let key = Key::new(resource, &row.try_get::<String, _>("namespace")?, &row.try_get::<String, _>("name")?);
        changes.push(Logged { revision: unsigned(row.try_get("revision")?), key, after });
    }
    Ok(changes)
}

fn signed(revision: Revision) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}

fn unsigned(revision: i64) -> Revision {
    u64::try_from(revision).unwrap_or(0)
}
