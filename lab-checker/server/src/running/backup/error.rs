//! Why a backup could not be made, or not be put back: each says whether anything was changed.

use std::{io, path::PathBuf};

use crate::StartError;

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

pub(super) type Result<T> = std::result::Result<T, BackupError>;
