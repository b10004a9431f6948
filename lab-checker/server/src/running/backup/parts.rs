//! The two halves of what is kept: what the server knows, and the practice clusters. Each has versions of its own.

use sqlx::AnyPool;

use super::error::{BackupError, Result};
use crate::{StartError, store::Database};

/// A half.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Learners, tokens, attempts and whatever else the server keeps.
    Server,
    /// The practice clusters, in a file of their own beside SQLite's.
    Clusters,
}

impl Part {
    /// What is read first is the older: a learner may be without a cluster, which is made when they come.
    pub(super) const ALL: [Self; 2] = [Self::Clusters, Self::Server];

    /// How a backup names it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Clusters => "clusters",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }

    /// The table of its versions.
    pub(super) const fn versions(self) -> &'static str {
        match self {
            Self::Server => "_sqlx_migrations",
            Self::Clusters => practice_cluster::VERSIONS,
        }
    }

    /// Whether a table belongs to it, in a database that may hold both.
    pub(super) fn has(self, table: &str) -> bool {
        let is_of_clusters = table.starts_with("practice_");
        table != self.versions() && is_of_clusters == (self == Self::Clusters)
    }

    pub(super) fn database(self, server: &Database) -> Database {
        match self {
            Self::Server => server.clone(),
            Self::Clusters => server.beside("clusters.db"),
        }
    }

    /// The newest version of its schema that this program knows.
    pub(super) fn newest(self) -> i64 {
        match self {
            Self::Server => Database::newest_schema(),
            Self::Clusters => practice_cluster::newest_schema(),
        }
    }

    /// Bring its schema to a version, or leave it where it is when it is there or further.
    pub(super) async fn migrate(self, database: &Database, pool: &AnyPool, version: i64) -> Result<()> {
        match self {
            Self::Server => Ok(database.migrate_to(pool, version).await?),
            Self::Clusters => practice_cluster::migrate_to(pool, version)
                .await
                .map_err(|error| BackupError::Start(StartError::PracticeClusters(error.into()))),
        }
    }
}
