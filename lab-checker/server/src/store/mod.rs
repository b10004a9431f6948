//! What the server must not forget: learners, tokens and attempts, in SQLite or PostgreSQL.
//!
//! One schema and one set of statements serve both engines. On SQLite all writing goes through one
//! connection, so that two writers never wait for each other's locks; reading has its own.

mod attempts;
mod database;
mod gradebook;
mod learners;
mod tokens;
mod writer;

pub use attempts::{Attempt, AttemptFilter, AttemptSummary, Grade};
pub use database::Database;
pub use gradebook::Best;
pub use learners::{Learner, NewLearner};
pub use tokens::{Principal, Secret};

use sqlx::{AnyPool, Row};

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
    /// The task that writes attempts is gone: the server is stopping.
    #[error("the server is stopping")]
    Stopping,
}

type Result<T> = std::result::Result<T, StoreError>;

/// The open database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    read: AnyPool,
    write: AnyPool,
    attempts: AttemptWriter,
}

impl Store {
    /// Open the database, bring its schema up to date, start the task that writes attempts.
    pub async fn open(database: &Database) -> std::result::Result<Self, StartError> {
        let write = database.writers().await?;
        database.migrate(&write).await?;
        let read = database.readers(&write).await?;
        Ok(Self { attempts: AttemptWriter::start(write.clone()), read, write })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.read).await?;
        Ok(())
    }

    /// A value that was set once for this installation, or `fresh`, which is then set.
    pub async fn setting_or(&self, name: &str, fresh: &str) -> Result<String> {
        sqlx::query("INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
            .bind(name)
            .bind(fresh)
            .execute(&self.write)
            .await?;
        let row = sqlx::query("SELECT value FROM settings WHERE name = $1").bind(name).fetch_one(&self.write).await?;
        Ok(row.try_get(0)?)
    }

    /// Replace a setting.
    pub async fn set(&self, name: &str, value: &str) -> Result<()> {
        sqlx::query(
            "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(name)
        .bind(value)
        .execute(&self.write)
        .await?;
        Ok(())
    }

    /// Close every connection, after the attempts that are waiting have been written.
    pub async fn close(&self) {
        self.attempts.finish().await;
        self.read.close().await;
        self.write.close().await;
    }
}

/// A column that holds a [`Moment`].
fn moment(row: &sqlx::any::AnyRow, column: &str) -> std::result::Result<Moment, sqlx::Error> {
    Ok(Moment::from_millis(row.try_get(column)?))
}
