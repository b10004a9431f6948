//! One store for all clusters of a process, whatever it keeps them in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::AnyPool;

use super::gates::Locking;
use super::migrations;
use super::news::News;
use super::shared::{self, Shared};
use super::tables::{Database, Fresh, Stored};
use super::writers::Writers;
use crate::store::cluster_id::ClusterId;
use crate::store::error::ClusterError;
use crate::store::gate::{GateRow, Step, Taken, WorldRow};
use crate::store::setup::Setup;
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
    Memory(Arc<Mutex<HashMap<ClusterId, GateRow>>>),
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

    /// Makes a gate with its sandbox, when there is none of that name yet.
    pub(crate) async fn create(&self, id: &ClusterId, setup: Setup, fresh: &Fresh<'_>) -> Result<(), ClusterError> {
        match self {
            Self::Memory(gates) => {
                locked(gates).entry(id.clone()).or_insert_with(|| GateRow::new(id, setup));
                Ok(())
            }
            Self::Own(database) | Self::Shared(database, _) => database.create(id, setup, fresh).await,
        }
    }

    /// A gate; `None` when there is none.
    pub(crate) async fn gate(&self, id: &ClusterId) -> Result<Option<GateRow>, ClusterError> {
        match self {
            Self::Memory(gates) => Ok(locked(gates).get(id).cloned()),
            Self::Own(database) | Self::Shared(database, _) => database.gate(id).await,
        }
    }

    /// A world's cluster; `None` when it is gone.
    pub(crate) async fn load(&self, row: &WorldRow, fresh: &Fresh<'_>) -> Result<Option<Stored>, ClusterError> {
        match self {
            Self::Memory(_) => {
                let baseline = fresh(&row.setup);
                Ok(Some(Stored { state: baseline.clone(), baseline, used: false }))
            }
            Self::Own(database) => database.load(row, fresh, Locking::None).await,
            Self::Shared(database, _) => database.load(row, fresh, Locking::Row).await,
        }
    }

    /// What the clusters of a setup begin with.
    pub(crate) async fn baseline(&self, setup: Setup, fresh: &Fresh<'_>) -> Result<State, ClusterError> {
        match self {
            Self::Memory(_) => Ok(fresh(&setup)),
            Self::Own(database) | Self::Shared(database, _) => database.baseline(setup, fresh).await,
        }
    }

    /// Takes a step of a gate, and tells how the gate is now. `heads` is how far this process knows the revisions of
    /// the current world, and of the one that it is about, to have come.
    pub(crate) async fn take(
        &self,
        id: &ClusterId,
        step: &Step,
        heads: Revision,
    ) -> Result<(GateRow, Taken), ClusterError> {
        match self {
            Self::Memory(gates) => {
                let mut gates = locked(gates);
                let gate = gates.get_mut(id).ok_or_else(|| ClusterError::Unknown(id.clone()))?;
                let taken = gate.take(id, step, heads);
                Ok((gate.clone(), taken))
            }
            Self::Own(database) => database.take(id, step, heads).await,
            Self::Shared(_, shared) => shared.take(id, step, heads).await,
        }
    }

    /// Takes a gate away, with its worlds and all that is in them.
    pub(crate) async fn remove(&self, id: &ClusterId) -> Result<(), ClusterError> {
        match self {
            Self::Memory(gates) => {
                locked(gates).remove(id);
                Ok(())
            }
            Self::Own(database) => database.remove(id).await,
            Self::Shared(_, shared) => shared.remove(id).await,
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
            Self::Memory(gates) => {
                if let Some(gate) = locked(gates).get_mut(id) {
                    gate.token_hash = Some(hash.to_owned());
                }
                Ok(())
            }
            Self::Own(database) | Self::Shared(database, _) => database.set_token_hash(id, hash).await,
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
