//! Finding, opening and upgrading the database.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use sqlx::{
    AnyConnection, AnyPool, Connection, SqlSafeStr,
    any::{AnyConnectOptions, AnyPoolOptions},
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

use super::pulse::Pulse;
use crate::StartError;

/// What every SQLite file begins with.
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";
/// What a path in an address cannot hold as it is.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');
/// How many connections to PostgreSQL one server holds at most.
const POSTGRES_CONNECTIONS: u32 = 16;
/// How many connections read from SQLite at once.
const SQLITE_READERS: u32 = 4;
/// How long a request waits for a free connection, and a start for PostgreSQL.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which database.
#[derive(Debug, Clone)]
pub enum Database {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// A server, as a `postgres://` address.
    Postgres(String),
}

/// FULL: what was committed is on the disk, not only with the operating system.
const SQLITE: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
                      PRAGMA busy_timeout = 5000;";
/// Nobody waits as long for an answer: a statement that takes longer is ended, and its connection is free again.
const POSTGRES: &str = "SET statement_timeout = '60s'";

impl Database {
    /// The database of `--database`, or the file in the data folder.
    pub fn choose(data: &Path, address: Option<&str>) -> Result<Self, StartError> {
        match address {
            None => Ok(Self::Sqlite(data.join("lab-checker.db"))),
            Some(address) if address.starts_with("postgres://") || address.starts_with("postgresql://") => {
                Ok(Self::Postgres(address.to_owned()))
            }
            Some(address) => match address.strip_prefix("sqlite:") {
                Some(path) => Ok(Self::Sqlite(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))),
                None => Err(StartError::DatabaseAddress {
                    address: without_password(address),
                    reason: "it must begin with postgres:// or sqlite:".to_owned(),
                }),
            },
        }
    }

    /// The database for what grows apart from attempts: another file beside SQLite's, the same PostgreSQL.
    #[must_use]
    pub fn beside(&self, file: &str) -> Self {
        match self {
            Self::Sqlite(path) => Self::Sqlite(path.with_file_name(file)),
            Self::Postgres(address) => Self::Postgres(address.clone()),
        }
    }

    /// The connections that write: one on SQLite, several on PostgreSQL.
    pub async fn writers(&self) -> Result<AnyPool, StartError> {
        match self {
            Self::Sqlite(path) => {
                refuse_foreign_file(path)?;
                make_private(path).map_err(|source| StartError::DataFolder { path: path.clone(), source })?;
                self.connect(1).await
            }
            Self::Postgres(_) => self.connect(POSTGRES_CONNECTIONS).await,
        }
    }

    /// The connections that only read.
    pub async fn readers(&self, writers: &AnyPool) -> Result<AnyPool, StartError> {
        match self {
            Self::Sqlite(_) => self.connect(SQLITE_READERS).await,
            Self::Postgres(_) => Ok(writers.clone()),
        }
    }

    /// Bring the schema up to date. A schema newer than this program is refused, not touched.
    pub async fn migrate(&self, writers: &AnyPool) -> Result<(), StartError> {
        self.run(writers, Migrator { migrations: Cow::Owned(migrations()), ..Migrator::DEFAULT }).await
    }

    /// Bring the schema to a version that it once had, unless it is further.
    pub(crate) async fn migrate_to(&self, writers: &AnyPool, version: i64) -> Result<(), StartError> {
        let until = migrations().into_iter().filter(|migration| migration.version <= version);
        let migrations = Cow::Owned(until.collect());
        self.run(writers, Migrator { migrations, ignore_missing: true, ..Migrator::DEFAULT }).await
    }

    /// The version of the schema that this program makes.
    pub(crate) fn newest_schema() -> i64 {
        migrations().iter().map(|migration| migration.version).max().unwrap_or_default()
    }

    async fn run(&self, writers: &AnyPool, migrations: Migrator) -> Result<(), StartError> {
        let done = match self {
            Self::Sqlite(_) => migrations.run(writers).await,
            // An upgrade of large tables may take as long as it takes.
            Self::Postgres(_) => migrations.run(&mut self.connection().await?).await,
        };
        done.map_err(|error| match error {
            MigrateError::VersionMissing(_) => StartError::DatabaseIsNewer { address: self.for_people() },
            MigrateError::Execute(source) => self.failed("upgrading the schema", source),
            other => self.failed("upgrading the schema", sqlx::Error::Migrate(Box::new(other))),
        })
    }

    /// The store failed while the server was starting.
    #[must_use]
    pub fn unusable(&self, error: super::StoreError) -> StartError {
        match error {
            super::StoreError::Database(source) => self.failed("reading it", source),
            super::StoreError::NotRecorded(source) => {
                let source = std::sync::Arc::into_inner(source).unwrap_or(sqlx::Error::WorkerCrashed);
                self.failed("writing to it", source)
            }
            other => StartError::PracticeClusters(other.into()),
        }
    }

    /// How to name it in a message.
    #[must_use]
    pub fn for_people(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres(address) => without_password(address),
        }
    }

    /// What feels whether it is there, where it is not a file.
    pub(super) fn pulse(&self) -> Result<Option<Pulse>, StartError> {
        match self {
            Self::Sqlite(_) => Ok(None),
            Self::Postgres(_) => Ok(Some(Pulse::of(self.options()?))),
        }
    }

    fn options(&self) -> Result<AnyConnectOptions, StartError> {
        sqlx::any::install_default_drivers();
        self.url().parse().map_err(|error: sqlx::Error| StartError::DatabaseAddress {
            address: self.for_people(),
            reason: error.to_string(),
        })
    }

    /// One connection by itself, for what is done once.
    pub(crate) async fn connection(&self) -> Result<AnyConnection, StartError> {
        let options = self.options()?;
        AnyConnection::connect_with(&options).await.map_err(|source| self.failed("opening it", source))
    }

    async fn connect(&self, most: u32) -> Result<AnyPool, StartError> {
        let options = self.options()?;
        self.probe(&options).await?;
        let mut pool = AnyPoolOptions::new().max_connections(most).acquire_timeout(PATIENCE);
        let set_up = match self {
            Self::Sqlite(_) => {
                pool = pool.max_lifetime(None).idle_timeout(None);
                SQLITE
            }
            Self::Postgres(_) => POSTGRES,
        };
        pool = pool.after_connect(move |connection, _| {
            Box::pin(async move { sqlx::raw_sql(set_up).execute(connection).await.map(drop) })
        });
        pool.connect_with(options).await.map_err(|source| self.failed("opening it", source))
    }

    /// One connection by itself first: a pool would try again until its patience ends, and forget why.
    async fn probe(&self, options: &AnyConnectOptions) -> Result<(), StartError> {
        let opening = async {
            let mut connection = AnyConnection::connect_with(options).await?;
            let look = match self {
                Self::Sqlite(_) => "PRAGMA schema_version",
                Self::Postgres(_) => "SELECT 1",
            };
            sqlx::raw_sql(look).execute(&mut connection).await?;
            connection.close().await
        };
        opening.await.map_err(|source| self.failed("opening it", source))
    }

    fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}?mode=rwc", percent_encoded(path)),
            Self::Postgres(address) => address.clone(),
        }
    }

    fn failed(&self, doing: &'static str, source: sqlx::Error) -> StartError {
        match self {
            Self::Postgres(_) if !matches!(source, sqlx::Error::Migrate(_)) => {
                StartError::DatabaseUnreachable { address: self.for_people(), source }
            }
            // SQLite's own codes: 26 is "not a database", 11 "malformed".
            Self::Sqlite(path)
                if source
                    .as_database_error()
                    .and_then(|error| error.code())
                    .is_some_and(|code| code == "26" || code == "11") =>
            {
                StartError::NotADatabase { path: path.clone() }
            }
            _ => StartError::Database { address: self.for_people(), doing, source },
        }
    }
}

/// What the schema was made by, step by step. A step that has been released never changes.
pub(super) fn migrations() -> Vec<Migration> {
    let migration = |version, title: &'static str, sql: &'static str| {
        Migration::new(version, Cow::Borrowed(title), MigrationType::Simple, sql.into_sql_str(), false)
    };
    vec![
        migration(1, "learners and attempts", include_str!("../../migrations/0001_learners_and_attempts.sql")),
        migration(2, "told and appealed", include_str!("../../migrations/0002_told_and_appealed.sql")),
        migration(3, "drafts", include_str!("../../migrations/0003_drafts.sql")),
        migration(4, "class", include_str!("../../migrations/0004_class.sql")),
        migration(5, "submissions", include_str!("../../migrations/0005_submissions.sql")),
        migration(6, "guesses", include_str!("../../migrations/0006_guesses.sql")),
        migration(7, "audit and regrade jobs", include_str!("../../migrations/0007_audit_and_regrade_jobs.sql")),
        migration(8, "own words", include_str!("../../migrations/0008_own_words.sql")),
        migration(9, "open appeals", include_str!("../../migrations/0009_open_appeals.sql")),
        migration(10, "best points", include_str!("../../migrations/0010_best_points.sql")),
        migration(11, "best points first", include_str!("../../migrations/0011_best_points_first.sql")),
    ]
}

/// A file that is something else must be named before SQLite's own words confuse.
fn refuse_foreign_file(path: &Path) -> Result<(), StartError> {
    let mut head = Vec::new();
    match File::open(path).and_then(|file| file.take(SQLITE_MAGIC.len() as u64).read_to_end(&mut head)) {
        Ok(0) => Ok(()),
        Ok(_) if head == SQLITE_MAGIC => Ok(()),
        Ok(_) => Err(StartError::NotADatabase { path: path.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(StartError::DataFolder { path: path.to_owned(), source }),
    }
}

/// Makes the file of a database, for its owner alone. SQLite gives those that it puts beside it the same mode.
#[cfg(unix)]
fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    match File::options().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => close(path),
        made => made.map(drop),
    }
}

/// Closes a database that is there to others, with the files that SQLite has put beside it.
#[cfg(unix)]
fn close(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        let file = Path::new(&file);
        let Ok(permissions) = file.metadata().map(|data| data.permissions()) else { continue };
        if permissions.mode() & 0o077 != 0 {
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(permissions.mode() & 0o600))?;
            tracing::warn!(file = %file.display(), "others on this machine could open it, and cannot any more");
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_private(_: &Path) -> io::Result<()> {
    Ok(())
}

fn percent_encoded(path: &Path) -> String {
    percent_encode(path.as_os_str().as_encoded_bytes(), IN_PATH).to_string()
}

/// An address that may be printed: `postgres://teacher:secret@host/db` without the secret.
fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    match rest.rsplit_once('@') {
        Some((account, host)) => {
            let user = account.split_once(':').map_or(account, |(user, _)| user);
            format!("{scheme}://{user}@{host}")
        }
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        let seen = |address| without_password(address);
        assert_eq!(seen("postgres://teacher:p@ss@db.example.org/course"), "postgres://teacher@db.example.org/course");
        assert_eq!(seen("postgres://db.example.org/course"), "postgres://db.example.org/course");
    }

    #[test]
    fn a_path_survives_the_address() {
        assert_eq!(percent_encoded(Path::new("/tmp/my data/ä?.db")), "/tmp/my%20data/%C3%A4%3F.db");
    }

    #[test]
    fn an_unknown_scheme_is_refused() {
        let error = Database::choose(Path::new("/data"), Some("mysql://u:secret@h/d")).unwrap_err();
        assert!(error.to_string().contains("mysql://u@h/d"), "{error}");
    }
}
