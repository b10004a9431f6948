//! One server for one SQLite file: a lock that dies with its process, however that ends.
//!
//! SQLite itself would let two servers in. Each would hold practice clusters in memory that the other changes on
//! disk, and their learners would be answered differently. PostgreSQL is meant for several servers, and needs none.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use super::Database;
use crate::StartError;

/// The right to serve a database, until it is given up or the last copy is gone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claim(Arc<Mutex<Option<File>>>);

impl Claim {
    /// Claims the database; refused while another process serves it.
    pub(crate) fn of(database: &Database) -> Result<Self, StartError> {
        let Database::Sqlite(path) = database else { return Ok(Self::default()) };
        let failed = |source| StartError::DataFolder { path: path.clone(), source };
        let file = open(&lock_file(path).map_err(failed)?).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(Arc::new(Mutex::new(Some(file))))),
            Err(TryLockError::WouldBlock) => Err(StartError::DatabaseInUse { path: path.clone() }),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                tracing::warn!(%error, "this file system has no locks: make sure that one server alone uses the folder");
                Ok(Self::default())
            }
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Gives it up.
    pub(crate) fn end(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Beside the database, under the name that the file itself has: by whatever way somebody comes, it is the same.
fn lock_file(database: &Path) -> io::Result<PathBuf> {
    let real = match database.canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
            folder.unwrap_or(Path::new(".")).canonicalize()?.join(database.file_name().unwrap_or_default())
        }
        found => found?,
    };
    let mut name = real.into_os_string();
    name.push(".lock");
    Ok(PathBuf::from(name))
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
