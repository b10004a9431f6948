//! The open database: its connections, and whether they work.

use practice_cluster::Writers;
use sqlx::AnyPool;

use super::{Database, Result, claim::Claim, error::unwritten, writer::AttemptWriter};
use crate::StartError;

/// Where [`Store::probe`] writes.
const PROBE: &str = "INSERT INTO settings (name, value) VALUES ('write-probe', $1)
                     ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// The open database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) read: AnyPool,
    pub(super) write: Writers,
    pub(super) attempts: AttemptWriter,
    claim: Claim,
}

impl Store {
    /// Open the database, bring its schema up to date, start the task that writes attempts.
    pub async fn open(database: &Database) -> std::result::Result<Self, StartError> {
        let write = database.writers().await?;
        database.migrate(&write).await?;
        let read = database.readers(&write).await?;
        let write = Writers::new(write);
        Ok(Self { attempts: AttemptWriter::start(write.clone()), read, write, claim: Claim::default() })
    }

    /// The same for a server, which has the database to itself until it is closed, where the database is a file.
    pub async fn open_to_serve(database: &Database) -> std::result::Result<Self, StartError> {
        let claim = Claim::of(database)?;
        Ok(Self { claim, ..Self::open(database).await? })
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

    /// Do a write, and tell its failure from one of what it says.
    pub(super) async fn written<T>(
        &self,
        write: impl Future<Output = std::result::Result<T, sqlx::Error>>,
    ) -> Result<T> {
        self.write.noted(write.await).map_err(unwritten)
    }

    /// Close every connection, after the attempts that are waiting have been written.
    pub async fn close(&self) {
        self.attempts.finish().await;
        self.read.close().await;
        self.write.pool().close().await;
        self.claim.end();
    }
}
