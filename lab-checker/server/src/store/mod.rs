//! What the server must not forget: learners, tokens and attempts, in SQLite or PostgreSQL.
//!
//! One schema and one set of statements serve both engines. On SQLite all writing goes through one
//! connection, so that two writers never wait for each other's locks; reading has its own.
//!
//! What belongs together is one transaction: a learner without a token, or a new token without the end of the
//! old one, is never stored. A connection that a write failed on is not used again (see [`Writers`]).

mod attempts;
mod database;
mod gradebook;
mod learners;
mod tokens;
mod writer;

pub use attempts::{Attempt, AttemptFilter, AttemptSummary, Grade};
pub use database::Database;
pub use gradebook::Best;
pub use learners::{Learner, NewLearner, RosterChange};
pub use tokens::{Principal, Secret};

use std::sync::Arc;

use practice_cluster::{Writers, is_about_the_row};
use sqlx::{AnyConnection, AnyPool, Row};

use crate::{StartError, clock::Moment};
use writer::AttemptWriter;

/// Why the store could not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody has this e-mail address or student id already.
    #[error("{0} is taken")]
    Taken(&'static str),
    /// The database failed; its words are for the log, never for a learner.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// The database could not write. Nothing of what was to be written together is stored.
    #[error("the database cannot write")]
    NotRecorded(#[source] Arc<sqlx::Error>),
    /// The task that writes attempts is gone: the server is stopping.
    #[error("the server is stopping")]
    Stopping,
}

type Result<T> = std::result::Result<T, StoreError>;

/// Where [`Store::probe`] writes.
const PROBE: &str = "INSERT INTO settings (name, value) VALUES ('write-probe', $1)
                     ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// The open database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    read: AnyPool,
    write: Writers,
    attempts: AttemptWriter,
}

impl Store {
    /// Open the database, bring its schema up to date, start the task that writes attempts.
    pub async fn open(database: &Database) -> std::result::Result<Self, StartError> {
        let write = database.writers().await?;
        database.migrate(&write).await?;
        let read = database.readers(&write).await?;
        let write = Writers::new(write);
        Ok(Self { attempts: AttemptWriter::start(write.clone()), read, write })
    }

    /// Write and read, to see whether both work.
    pub async fn probe(&self) -> Result<()> {
        self.write.probe(PROBE).await?;
        sqlx::query("SELECT 1").execute(&self.read).await?;
        Ok(())
    }

    /// Whether a write has failed, and no [`probe`](Self::probe) has succeeded since.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        self.write.are_failing()
    }

    /// A value that was set once for this installation, or `fresh`, which is then set.
    pub async fn setting_or(&self, name: &str, fresh: &str) -> Result<String> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            sqlx::query("INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
                .bind(name)
                .bind(fresh)
                .execute(&mut *writing)
                .await?;
            let row = sqlx::query("SELECT value FROM settings WHERE name = $1").bind(name);
            let value = row.fetch_one(&mut *writing).await?.try_get(0)?;
            writing.commit().await?;
            Ok(value)
        })
        .await
    }

    /// A setting, when it is set.
    pub async fn setting(&self, name: &str) -> Result<Option<String>> {
        let row = sqlx::query("SELECT value FROM settings WHERE name = $1").bind(name);
        Ok(row.fetch_optional(&self.read).await?.map(|row| row.try_get(0)).transpose()?)
    }

    /// Replace a setting.
    pub async fn set(&self, name: &str, value: &str) -> Result<()> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            put_setting(&mut writing, name, value).await?;
            writing.commit().await
        })
        .await
    }

    /// Do a write, and tell its failure from one of what it says.
    async fn written<T>(&self, write: impl Future<Output = std::result::Result<T, sqlx::Error>>) -> Result<T> {
        self.write.noted(write.await).map_err(unwritten)
    }

    /// Close every connection, after the attempts that are waiting have been written.
    pub async fn close(&self) {
        self.attempts.finish().await;
        self.read.close().await;
        self.write.pool().close().await;
    }
}

/// A column that holds a [`Moment`].
fn moment(row: &sqlx::any::AnyRow, column: &str) -> std::result::Result<Moment, sqlx::Error> {
    Ok(Moment::from_millis(row.try_get(column)?))
}

async fn put_setting(connection: &mut AnyConnection, name: &str, value: &str) -> std::result::Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(value)
    .execute(connection)
    .await?;
    Ok(())
}

/// A write failed: because of what it says, or because writing does.
fn unwritten(error: sqlx::Error) -> StoreError {
    match error.as_database_error() {
        Some(database) if database.is_unique_violation() => StoreError::Taken(learners::taken(database.message())),
        _ if is_about_the_row(&error) => StoreError::Database(error),
        _ => StoreError::NotRecorded(Arc::new(error)),
    }
}
