//! Everything that a server must not forget, in one file, and back again.
//!
//! The file is the same whichever database it comes from, so what one SQLite has outgrown goes on in PostgreSQL. It
//! holds the rows of every table, whatever tables there are: a table that a later version adds cannot be forgotten.
//!
//! Each database is read in one transaction, so that a backup made while the server runs is of one moment. (SQLite has
//! the practice clusters in a file of their own, which is read first; PostgreSQL has all in one.)

mod format;
mod parts;
mod restoring;
mod tables;
mod writing;

use std::{io, path::PathBuf};

use crate::StartError;

pub use restoring::{Target, restore};
pub use writing::back_up;

/// What a backup holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// When it was made, RFC 3339.
    pub made_at: String,
    /// How many rows.
    pub rows: u64,
    /// How many learners.
    pub learners: u64,
    /// How many attempts.
    pub attempts: u64,
}

impl Contents {
    fn count(&mut self, table: &str) {
        self.rows += 1;
        match table {
            "learners" => self.learners += 1,
            "attempts" => self.attempts += 1,
            _ => {}
        }
    }
}

/// Why a backup could not be made, or not be put back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The database cannot be used.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The database failed while a table was read or written.
    #[error("table {table}: cannot be {doing}")]
    Table {
        /// The table.
        table: String,
        /// `read` or `written`.
        doing: &'static str,
        /// What the driver said.
        #[source]
        source: sqlx::Error,
    },
    /// The backup itself cannot be read or written.
    #[error("the backup cannot be read or written")]
    File(#[from] io::Error),
    /// The file is something else, or damaged.
    #[error("this is no whole backup: {0}; nothing was changed")]
    NotABackup(String),
    /// A later version of this program has made it.
    #[error("this backup was made by a newer version of lab-checker; use that version. Nothing was changed")]
    Newer,
    /// Something is there already.
    #[error("{place}: there is something already; to put the backup in its place, say --replace. Nothing was changed")]
    Occupied {
        /// The file or the address.
        place: String,
    },
    /// A server is connected.
    #[error("database {place}: a server uses it; stop every server first. Nothing was changed")]
    InUse {
        /// The address.
        place: String,
    },
    /// The schema is newer than that of the backup.
    #[error("database {place}: its schema is newer than the backup's; restore into an empty one. Nothing was changed")]
    SchemaIsNewer {
        /// The address.
        place: String,
    },
    /// What was there could not be moved out of the way, or the new not into its place.
    #[error("{}: cannot be moved", path.display())]
    Move {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

type Result<T> = std::result::Result<T, BackupError>;
