//! Where clusters are kept: in memory alone, or in a database (SQLite or PostgreSQL) too. A write is answered
//! once it is durable.

mod database;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use sqlx::AnyPool;

use crate::baseline;
use crate::clusters::{ClusterError, ClusterId};
use crate::settings::Settings;
use crate::state::State;
use crate::transaction::Outcome;

/// What to keep clusters in.
#[derive(Debug, Clone, Default)]
pub enum Backend {
    /// This process's memory: gone when it ends.
    #[default]
    Memory,
    /// A database, SQLite or PostgreSQL.
    Database(AnyPool),
}

/// An open store.
#[derive(Clone)]
pub(crate) enum Storage {
    Memory(Arc<Mutex<HashMap<ClusterId, Timestamp>>>),
    Database(database::Database),
}

/// A cluster as it was stored.
pub(crate) struct Stored {
    pub(crate) state: State,
    /// What it began with.
    pub(crate) baseline: State,
    pub(crate) token_hash: Option<String>,
    /// Whether anything was ever written to it.
    pub(crate) used: bool,
}

impl Storage {
    pub(crate) async fn open(backend: Backend) -> Result<Self, ClusterError> {
        Ok(match backend {
            Backend::Memory => Self::Memory(Arc::default()),
            Backend::Database(pool) => Self::Database(database::Database::open(pool).await?),
        })
    }

    pub(crate) fn is_durable(&self) -> bool {
        matches!(self, Self::Database(_))
    }

    pub(crate) async fn create(&self, id: &ClusterId, settings: &Arc<Settings>) -> Result<(), ClusterError> {
        let now = created_now();
        match self {
            Self::Memory(known) => {
                known.lock().unwrap_or_else(PoisonError::into_inner).entry(id.clone()).or_insert(now);
                Ok(())
            }
            Self::Database(database) => database.create(id, now, settings).await,
        }
    }

    pub(crate) async fn load(&self, id: &ClusterId, settings: &Arc<Settings>) -> Result<Option<Stored>, ClusterError> {
        match self {
            Self::Memory(known) => {
                let created = known.lock().unwrap_or_else(PoisonError::into_inner).get(id).copied();
                Ok(created.map(|created| {
                    let baseline = baseline::state(created, settings);
                    Stored { state: baseline.clone(), baseline, token_hash: None, used: false }
                }))
            }
            Self::Database(database) => database.load(id, settings).await,
        }
    }

    /// Makes the changes of a write durable. `baseline` is what the cluster began with.
    pub(crate) async fn append(&self, id: &ClusterId, outcome: &Outcome, baseline: &State) -> Result<(), sqlx::Error> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Database(_) if outcome.changes.is_empty() => Ok(()),
            Self::Database(database) => database.append(id, outcome, baseline).await,
        }
    }

    pub(crate) async fn set_token_hash(&self, id: &ClusterId, hash: &str) -> Result<(), sqlx::Error> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Database(database) => database.set_token_hash(id, hash).await,
        }
    }
}

/// The creation time of clusters made now: one moment for all that this process makes, so that they share
/// their baseline.
fn created_now() -> Timestamp {
    static STARTED: std::sync::OnceLock<Timestamp> = std::sync::OnceLock::new();
    *STARTED.get_or_init(Timestamp::now)
}
