//! The tables and their versions. A migration that was released is never changed: what comes later goes into a file
//! of its own, and is done to every database once, in order.

use std::borrow::Cow;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AnyPool, SqlSafeStr};

use crate::store::error::ClusterError;

/// Where the versions stand: the server that shares the database has its own.
pub const VERSIONS: &str = "practice_migrations";

/// Brings the tables up to date. Processes that start at the same moment wait for each other.
///
/// # Errors
/// When a newer program has stored something here, or the database fails; then nothing was changed.
pub(super) async fn migrate(pool: &AnyPool) -> Result<(), ClusterError> {
    let migrations = Cow::Owned(migrations());
    run(pool, Migrator { migrations, table_name: Cow::Borrowed(VERSIONS), ..Migrator::DEFAULT }).await
}

/// Brings the tables to a version that they once had, unless they are further.
///
/// # Errors
/// When the database fails.
pub async fn migrate_to(pool: &AnyPool, version: i64) -> Result<(), ClusterError> {
    let until = migrations().into_iter().filter(|migration| migration.version <= version);
    let (migrations, table_name) = (Cow::Owned(until.collect()), Cow::Borrowed(VERSIONS));
    run(pool, Migrator { migrations, table_name, ignore_missing: true, ..Migrator::DEFAULT }).await
}

/// The version of the tables that this program makes.
#[must_use]
pub fn newest_schema() -> i64 {
    migrations().iter().map(|migration| migration.version).max().unwrap_or_default()
}

async fn run(pool: &AnyPool, migrations: Migrator) -> Result<(), ClusterError> {
    migrations.run(pool).await.map_err(|error| match error {
        MigrateError::VersionMissing(_) => ClusterError::Newer,
        MigrateError::Execute(source) => ClusterError::Storage(source),
        other => ClusterError::Storage(sqlx::Error::Migrate(Box::new(other))),
    })
}

fn migrations() -> Vec<Migration> {
    let migration = |version, description, sql: &'static str| {
        let description = Cow::Borrowed(description);
        Migration::new(version, description, MigrationType::Simple, sql.into_sql_str(), false)
    };
    vec![
        migration(1, "clusters", include_str!("../../../migrations/0001_clusters.sql")),
        migration(2, "worlds", include_str!("../../../migrations/0002_worlds.sql")),
    ]
}
