//! Connections that write to a database, each used only for as long as nothing fails on it.
//!
//! After an error it is not certain what a connection and its driver believe. SQLite, for one, ends the
//! transaction by itself when the disk is full; the driver does not notice, and what it calls a commit later is
//! the end of a savepoint inside a transaction that nobody commits. So a connection that a write was not
//! committed on is closed, with whatever was open on it, and the next write begins on a new one.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::RngExt as _;
use rand::distr::Alphanumeric;
use sqlx::error::ErrorKind;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Error};

/// A probe after a failure is as large as a large hand-in: a disk that has room for small writes only is not
/// well again.
const LARGE: usize = 128 * 1024;

/// The connections that write to one database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Writers {
    pool: AnyPool,
    /// Whether a write failed, and no probe has succeeded since.
    failing: Arc<AtomicBool>,
}

/// A transaction, which is stored by [`commit`](Self::commit) or not at all. It stands for its connection.
#[derive(Debug)]
pub struct Writing {
    /// There until the transaction has come to a good end.
    connection: Option<PoolConnection<Any>>,
}

impl Writers {
    /// Writes through these connections.
    pub fn new(pool: AnyPool) -> Self {
        Self { pool, failing: Arc::default() }
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(&self) -> Result<Writing, Error> {
        let mut writing = Writing { connection: Some(self.pool.acquire().await?) };
        // Not through the driver's own transactions: they count what is open, and count wrong after an error.
        sqlx::raw_sql("BEGIN").execute(&mut *writing).await?;
        Ok(writing)
    }

    /// Remembers what came of a write, for [`probe`](Self::probe).
    pub fn noted<T>(&self, done: Result<T, Error>) -> Result<T, Error> {
        if done.as_ref().is_err_and(|error| !is_about_the_row(error)) {
            self.failing.store(true, Ordering::Relaxed);
        }
        done
    }

    /// Whether a write has failed that need not have, and no probe has succeeded since.
    pub fn are_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// Writes, to see whether writing works. `statement` puts its one parameter, a text of any length, in the
    /// place of the text that it put there before.
    ///
    /// # Errors
    /// When writing does not work.
    pub async fn probe(&self, statement: &'static str) -> Result<(), Error> {
        let was_failing = self.are_failing();
        let length = if was_failing { LARGE } else { 1 };
        self.noted(self.put(statement, incompressible(length)).await)?;
        if was_failing {
            self.failing.store(false, Ordering::Relaxed);
            self.noted(self.put(statement, String::new()).await)?;
        }
        Ok(())
    }

    async fn put(&self, statement: &'static str, text: String) -> Result<(), Error> {
        let mut writing = self.begin().await?;
        sqlx::query(statement).bind(text).execute(&mut *writing).await?;
        writing.commit().await
    }

    /// The connections, for reading.
    pub fn pool(&self) -> &AnyPool {
        &self.pool
    }
}

impl Writing {
    /// Makes durable what was written. When this returns, it is on disk.
    ///
    /// # Errors
    /// When the database could not; then nothing is stored.
    pub async fn commit(self) -> Result<(), Error> {
        self.end("COMMIT").await
    }

    /// Ends a transaction on which nothing failed, and that is not wanted: its connection stays in use.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn abandon(self) -> Result<(), Error> {
        self.end("ROLLBACK").await
    }

    async fn end(mut self, statement: &'static str) -> Result<(), Error> {
        sqlx::raw_sql(statement).execute(&mut *self).await?;
        self.connection = None;
        Ok(())
    }
}

/// A text that takes as much room as it is long: PostgreSQL stores large texts compressed.
fn incompressible(length: usize) -> String {
    rand::rng().sample_iter(Alphanumeric).take(length).map(char::from).collect()
}

/// Whether a write failed because of what it says (somebody else has the name), not because writing fails.
pub fn is_about_the_row(error: &Error) -> bool {
    error.as_database_error().is_some_and(|error| !matches!(error.kind(), ErrorKind::Other))
}

const THERE: &str = "a transaction has its connection until it ends";

impl Deref for Writing {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        self.connection.as_deref().expect(THERE)
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        self.connection.as_deref_mut().expect(THERE)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // Something failed, or whoever waited is gone: nobody knows what is open on this connection.
        if let Some(connection) = &mut self.connection {
            connection.close_on_drop();
        }
    }
}
