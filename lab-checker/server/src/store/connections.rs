//! The open database: its connections, and whether they work.

use std::sync::Arc;

use practice_cluster::Writers;
use sqlx::AnyPool;

use super::{Database, Result, claim::Claim, error::unwritten, pulse::Pulse, traffic::Traffic, writer::AttemptWriter};
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
    pub(super) traffic: Traffic,
    pulse: Option<Arc<Pulse>>,
    claim: Claim,
}

impl Store {
    /// Open the database, bring its schema up to date, start the task that writes attempts.
    pub async fn open(database: &Database) -> std::result::Result<Self, StartError> {
        let write = database.writers().await?;
        database.migrate(&write).await?;
        let read = database.readers(&write).await?;
        let write = Writers::new(write);
        let pulse = database.pulse()?.map(Arc::new);
        if let Some(pulse) = &pulse {
            // From now on it has a connection: on a busy machine a new one takes longer than a word over this one.
            pulse.is_felt().await;
        }
        Ok(Self {
            attempts: AttemptWriter::start(write.clone()),
            read,
            write,
            traffic: Traffic::default(),
            pulse,
            claim: Claim::default(),
        })
    }

    /// The same for a server, which has the database to itself until it is closed, where the database is a file.
    pub async fn open_to_serve(database: &Database) -> std::result::Result<Self, StartError> {
        let claim = Claim::of(database)?;
        Ok(Self { claim, ..Self::open(database).await? })
    }

    /// What has been read of attempts since the store was opened.
    #[must_use]
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Write and read, to see whether both work.
    pub async fn probe(&self) -> Result<()> {
        self.write.probe(PROBE).await?;
        sqlx::query("SELECT 1").execute(&self.read).await?;
        Ok(())
    }

    /// Whether the database answers at all, told within little more than a second. A file always does.
    pub async fn answers(&self) -> bool {
        match &self.pulse {
            Some(pulse) => pulse.is_felt().await,
            None => true,
        }
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

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use sqlx::migrate::Migrator;

    use super::*;
    use crate::store::database::migrations;

    #[tokio::test]
    async fn a_database_of_the_first_version_is_brought_up_to_date_with_what_is_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::Sqlite(folder.path().join("lab-checker.db"));
        let writers = database.writers().await.unwrap();
        let first = migrations().into_iter().take(1).collect();
        Migrator { migrations: Cow::Owned(first), ..Migrator::DEFAULT }.run(&writers).await.unwrap();
        sqlx::raw_sql(
            "INSERT INTO learners VALUES ('ada', 'Ada', NULL, NULL, '0123456789abcdef0123456789abcdef', 1, 1);
             INSERT INTO tokens VALUES ('hash', 'instructor', NULL, 1, NULL);
             INSERT INTO attempts VALUES ('a', 'ada', 'lab', 'close', 5, 3.0, 10.0, 0, '{}', '{}');
             INSERT INTO regrades VALUES ('a', 7, 9.0, 10.0, 0, '{}');",
        )
        .execute(&writers)
        .await
        .unwrap();
        writers.close().await;
        let store = Store::open(&database).await.unwrap();
        let grades = store.grades_of_time("ada").await.unwrap();
        let told: Vec<_> = grades
            .iter()
            .map(|grade| {
                let made = grade.publication.as_ref();
                (grade.points, made.map(|(made, difference)| (made.made_at.millis(), difference.clone())))
            })
            .collect();
        assert_eq!(told, [(3.0, None), (9.0, Some((7, None)))], "what was graded again then is still told");
        let tokens = store.instructor_tokens().await.unwrap();
        assert_eq!((tokens.len(), &tokens[0].label), (1, &None));
        store.close().await;
    }
}
