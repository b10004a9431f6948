//! Why the store could not do something, from what the database said.

use std::sync::Arc;

use practice_cluster::is_about_the_row;

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

pub(super) type Result<T> = std::result::Result<T, StoreError>;

/// A write failed: because of what it says, or because writing does.
pub(super) fn unwritten(error: sqlx::Error) -> StoreError {
    match error.as_database_error() {
        Some(database) if database.is_unique_violation() => StoreError::Taken(taken(database.message())),
        _ if is_about_the_row(&error) => StoreError::Database(error),
        _ => StoreError::NotRecorded(Arc::new(error)),
    }
}

/// What somebody else has, from the database's words for it.
fn taken(message: &str) -> &'static str {
    if message.contains("student_id") { "student id" } else { "e-mail address" }
}
