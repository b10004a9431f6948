//! One store for all clusters of a process, whatever it keeps them in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use sqlx::AnyPool;

use super::migrations;
use super::news::News;
use super::shared::{self, Shared};
use super::tables::{Database, Fresh, Locking, Stored};
use super::writers::Writers;
use crate::store::cluster_id::ClusterId;
use crate::store::error::ClusterError;
use crate::store::state::{Revision, State};
use crate::store::transaction::Outcome;

/// What to keep clusters in.
#[derive(Debug, Clone, Default)]
pub enum Backend {
    /// This process's memory: gone when it ends.
    #[default]
    Memory,
    /// A database. SQLite is this process's own; a PostgreSQL may be shared with other processes, which then
    /// serve the same clusters.
    Database(AnyPool),
}

/// An open store.
#[derive(Clone)]
pub(crate) enum Storage {
    Memory(Arc<Mutex<HashMap<ClusterId, Timestamp>>>),
    /// A database that nobody else writes to.
    Own(Database),
    /// A database that other processes write to.
    Shared(Database, Shared),
}

/// The right to write to a cluster.
pub(crate) enum Turn {
    /// Nobody else could.
    Own,
    /// Nobody else does until this is stored or dropped.
    Shared(shared::Turn),
}

impl Storage {
    /// Opens it; `keep` is how many changes of a cluster other processes find.
    pub(crate) async fn open(backend: Backend, keep: usize) -> Result<Self, ClusterError> {
        let Backend::Database(pool) = backend else { return Ok(Self::Memory(Arc::default())) };
        let engine = pool.acquire().await?.backend_name().to_owned();
        migrations::migrate(&pool).await?;
        let writers = Writers::new(pool);
        if engine == "PostgreSQL" {
            let shared = Shared::new(writers.clone(), keep);
            return Ok(Self::Shared(Database::new(writers), shared));
        }
        Ok(Self::Own(Database::new(writers)))
    }

    pub(crate) fn is_durable(&self) -> bool {
        !matches!(self, Self::Memory(_))
    }

    pub(crate) async fn create(&self, id: &ClusterId, fresh: &Fresh<'_>) -> Result<(), ClusterError> {
        let now = created_now();
        match self {
            Self::Memory(known) => {
                known.lock().unwrap_or_else(PoisonError::into_inner).entry(id.clone()).or_insert(now);
                Ok(())
            }
            Self::Own(database) | Self::Shared(database, _) => database.create(id, now, fresh).await,
        }
    }

    pub(crate) async fn load(&self, id: &ClusterId, fresh: &Fresh<'_>) -> Result<Option<Stored>, ClusterError> {
        match self {
            Self::Memory(known) => {
                let created = known.lock().unwrap_or_else(PoisonError::into_inner).get(id).copied();
                Ok(created.map(|created| {
                    let baseline = fresh(created);
                    Stored { state: baseline.clone(), baseline, token_hash: None, used: false }
                }))
            }
            Self::Own(database) => database.load(id, fresh, Locking::None).await,
            Self::Shared(database, _) => database.load(id, fresh, Locking::Row).await,
        }
    }

    /// The database as other processes use it too.
    pub(crate) fn shared(&self) -> Option<&Shared> {
        if let Self::Shared(_, shared) = self { Some(shared) } else { None }
    }

    /// Waits for a cluster's turn to be written to, and tells what others did to it after `since`.
    pub(crate) async fn turn(
        &self,
        id: &ClusterId,
        since: Revision,
        baseline: &State,
    ) -> Result<(Turn, News), ClusterError> {
        let Some(shared) = self.shared() else { return Ok((Turn::Own, News::None)) };
        let (turn, news) = shared.turn(id, since, baseline).await?;
        Ok((Turn::Shared(turn), news))
    }

    /// Makes the changes of a write durable. `baseline` is what the cluster began with.
    pub(crate) async fn append(
        &self,
        id: &ClusterId,
        turn: Turn,
        outcome: &Outcome,
        baseline: &State,
    ) -> Result<(), sqlx::Error> {
        if outcome.changes.is_empty() {
            return Ok(());
        }
        match (self, turn) {
            (_, Turn::Shared(turn)) => turn.store(id, outcome, baseline).await,
            (Self::Own(database), Turn::Own) => database.append(id, outcome, baseline).await,
            (Self::Memory(_) | Self::Shared(..), Turn::Own) => Ok(()),
        }
    }

    /// Writes, to see whether writing works.
    pub(crate) async fn probe(&self) -> Result<(), sqlx::Error> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Own(database) | Self::Shared(database, _) => database.probe().await,
        }
    }

    /// Whether a write has failed, and no probe has succeeded since.
    pub(crate) fn is_failing(&self) -> bool {
        match self {
            Self::Memory(_) => false,
            Self::Own(database) | Self::Shared(database, _) => database.is_failing(),
        }
    }

    pub(crate) async fn set_token_hash(&self, id: &ClusterId, hash: &str) -> Result<(), sqlx::Error> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Own(database) | Self::Shared(database, _) => database.set_token_hash(id, hash).await,
        }
    }
}

/// The creation time of clusters made now: one moment for all that this process makes, so that they share
/// their baseline.
fn created_now() -> Timestamp {
    static STARTED: std::sync::OnceLock<Timestamp> = std::sync::OnceLock::new();
    *STARTED.get_or_init(Timestamp::now)
}
