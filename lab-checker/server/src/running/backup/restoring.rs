//! Putting a backup back. It is read twice: first to see that it is whole, then to store it. What was there before is
//! kept beside it (SQLite) or goes in the same transaction in which the new comes (PostgreSQL).

use std::{
    fs::{self, File},
    io::{Read, Seek},
    path::{Path, PathBuf},
};

use serde_json::Value;
use sqlx::AnyConnection;

use super::{
    contents::Contents,
    error::{BackupError, Result},
    format::{Line, Reader},
    parts::Part,
    tables::{self, Kind, Table, bytes, quoted},
};
use crate::{
    StartError,
    clock::Moment,
    running::private_files,
    store::{Claim, Database, Store, places},
};

/// How many rows one statement inserts.
const ROWS: usize = 50;

/// Where to put a backup.
#[derive(Debug, Clone)]
pub struct Target {
    /// The data folder.
    pub data: PathBuf,
    /// A `postgres://` address; without it, SQLite in the data folder.
    pub database: Option<String>,
    /// Whether what is there goes.
    pub replace: bool,
}

/// Put a backup back.
///
/// # Errors
/// When it is no whole backup, something is there already, or the database cannot be written; then nothing was changed.
pub async fn restore(backup: &mut (impl Read + Seek), target: &Target) -> Result<Contents> {
    let (contents, schemas) = looked_through(&mut *backup)?;
    backup.rewind()?;
    private_files::prepare_folder(&target.data)
        .map_err(|source| StartError::DataFolder { path: target.data.clone(), source })?;
    let database = Database::choose(&target.data, target.database.as_deref())?;
    match &database {
        Database::Sqlite(path) => into_files(backup, &schemas, path, target.replace).await?,
        Database::Postgres(_) => into_postgres(backup, &schemas, &database, target.replace).await?,
    }
    Ok(contents)
}

/// Reads all of it, and tells what it holds when it is whole.
fn looked_through(backup: impl Read) -> Result<(Contents, Vec<(Part, i64)>)> {
    let mut reader = Reader::begin(backup)?;
    let mut contents = Contents { made_at: reader.made_at.clone(), ..Contents::default() };
    let (mut table, mut schemas): (Option<Table>, _) = (None, Vec::new());
    while let Some(line) = reader.line()? {
        match line {
            Line::Part { part, schema } => {
                let part = Part::named(&part).ok_or(BackupError::Newer)?;
                if schema > part.newest() {
                    return Err(BackupError::Newer);
                }
                schemas.push((part, schema));
            }
            Line::Table(next) => table = Some(next),
            Line::Row(row) => {
                let table = table.as_ref().filter(|table| table.columns.len() == row.len());
                let table = table.ok_or_else(|| BackupError::NotABackup("a row has no table".to_owned()))?;
                contents.count(&table.name);
            }
            Line::Head { .. } | Line::End { .. } => {
                return Err(BackupError::NotABackup("it begins twice".to_owned()));
            }
        }
    }
    Ok((contents, schemas))
}

/// SQLite: into new files, which then take the place of the old ones.
async fn into_files(backup: impl Read, schemas: &[(Part, i64)], path: &Path, replace: bool) -> Result<()> {
    let database = &Database::Sqlite(path.to_owned());
    if path.exists() && !replace {
        return Err(BackupError::Occupied { place: path.display().to_string() });
    }
    let claim = Claim::of(database)?;
    // A folder that only its owner may enter, on the same disk; it goes with what is left in it.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = tempfile::Builder::new().prefix("restoring-").tempdir_in(folder)?;
    let fresh = Database::Sqlite(folder.path().join("lab-checker.db"));
    for part in Part::ALL {
        private_files::write(&file_of(&part.database(&fresh)), "")?;
    }
    fill(backup, &fresh, schemas).await?;
    for part in Part::ALL {
        place(&file_of(&part.database(&fresh)), &file_of(&part.database(database)))?;
    }
    claim.end();
    // To the schema of this program, and whether it opens.
    Store::open(database).await?.close().await;
    Ok(())
}

fn file_of(database: &Database) -> PathBuf {
    match database {
        Database::Sqlite(path) => path.clone(),
        Database::Postgres(_) => PathBuf::new(),
    }
}

fn beside(path: &Path, word: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_os_string();
    name.push(format!(".{word}.db"));
    path.with_file_name(name)
}

/// SQLite's own files beside one.
fn companions(file: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|end| {
        let mut name = file.as_os_str().to_os_string();
        name.push(end);
        PathBuf::from(name)
    })
}

/// The old file goes out of the way, and the new one into its place.
fn place(new: &Path, at: &Path) -> Result<()> {
    let stamp = format!("before-restore-{}", Moment::now().millis());
    for (old, kept) in companions(at).iter().zip(companions(&beside(at, &stamp))) {
        if old.exists() {
            fs::rename(old, kept).map_err(|source| BackupError::Move { path: old.clone(), source })?;
        }
    }
    let synced = File::open(new).and_then(|file| file.sync_all());
    synced.and_then(|()| fs::rename(new, at)).map_err(|source| BackupError::Move { path: new.to_owned(), source })
}

/// PostgreSQL: what goes and what comes, in one transaction.
async fn into_postgres(backup: impl Read, schemas: &[(Part, i64)], database: &Database, replace: bool) -> Result<()> {
    let place = database.for_people();
    let mut connection = database.connection().await?;
    let failed = |source| BackupError::Table { table: place.clone(), doing: "read", source };
    let others = "SELECT COUNT(*) FROM pg_stat_activity
                  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    let others: i64 = sqlx::query_scalar(others).fetch_one(&mut connection).await.map_err(failed)?;
    if others > 0 {
        return Err(BackupError::InUse { place });
    }
    for part in Part::ALL {
        for table in tables::of(&mut connection, part).await? {
            let any = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {} LIMIT 1) AS found", quoted(&table.name));
            let any: i64 =
                sqlx::query_scalar(sqlx::AssertSqlSafe(any)).fetch_one(&mut connection).await.map_err(failed)?;
            if any > 0 && !replace {
                return Err(BackupError::Occupied { place });
            }
        }
    }
    drop(connection);
    fill(backup, database, schemas).await?;
    Store::open(database).await?.close().await;
    Ok(())
}

/// Stores all of it: each database in one transaction.
async fn fill(backup: impl Read, server: &Database, schemas: &[(Part, i64)]) -> Result<()> {
    let mut filling = None;
    let mut reader = Reader::begin(backup)?;
    for (part, schema) in schemas {
        prepare(*part, *schema, server).await?;
    }
    while let Some(line) = reader.line()? {
        match line {
            Line::Part { part, .. } => {
                let part = Part::named(&part).ok_or(BackupError::Newer)?;
                filling = Some(Filling::of(part, server, filling).await?);
            }
            Line::Table(table) => {
                if let Some(filling) = &mut filling {
                    filling.flush().await?;
                    filling.table = Some(table);
                }
            }
            Line::Row(row) => {
                if let Some(filling) = &mut filling {
                    filling.row(row).await?;
                }
            }
            Line::Head { .. } | Line::End { .. } => {}
        }
    }
    match filling {
        Some(done) => done.finish().await,
        None => Ok(()),
    }
}

/// Brings the schema to where it was when the backup was made.
async fn prepare(part: Part, schema: i64, server: &Database) -> Result<()> {
    let database = part.database(server);
    let pool = database.writers().await?;
    let migrated = part.migrate(&database, &pool, schema).await;
    pool.close().await;
    migrated?;
    let mut connection = database.connection().await?;
    match tables::version(&mut connection, part).await? {
        Some(there) if there > schema => Err(BackupError::SchemaIsNewer { place: database.for_people() }),
        _ => Ok(()),
    }
}

/// A database that is being filled, in one transaction.
struct Filling {
    connection: AnyConnection,
    table: Option<Table>,
    rows: Vec<Vec<Value>>,
}

impl Filling {
    /// The next part: in the same transaction where both are in one database.
    async fn of(part: Part, server: &Database, before: Option<Self>) -> Result<Self> {
        let database = part.database(server);
        let mut filling = match (before, &database) {
            (Some(mut before), Database::Postgres(_)) => {
                before.flush().await?;
                before
            }
            (before, _) => {
                if let Some(before) = before {
                    before.finish().await?;
                }
                let fresh = Self { connection: database.connection().await?, table: None, rows: Vec::new() };
                fresh.begun(&database).await?
            }
        };
        // What was there goes; so does what migrations have put into tables, which the backup has too.
        for table in tables::of(&mut filling.connection, part).await?.iter().rev() {
            filling.execute(&format!("DELETE FROM {}", quoted(&table.name)), &table.name).await?;
        }
        Ok(filling)
    }

    async fn begun(mut self, database: &Database) -> Result<Self> {
        self.execute("BEGIN", &database.for_people()).await?;
        Ok(self)
    }

    async fn row(&mut self, row: Vec<Value>) -> Result<()> {
        self.rows.push(row);
        if self.rows.len() >= ROWS { self.flush().await } else { Ok(()) }
    }

    async fn finish(mut self) -> Result<()> {
        self.flush().await?;
        self.execute("COMMIT", "the last one").await?;
        // A connection that is closed has no more to write; one that cannot be is closed by its end.
        let _ = sqlx::Connection::close(self.connection).await;
        Ok(())
    }

    async fn flush(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.rows);
        let Some(table) = self.table.as_ref().filter(|_| !rows.is_empty()) else { return Ok(()) };
        let columns: Vec<String> = table.columns.iter().map(|(name, _)| quoted(name)).collect();
        let places = places(rows.len(), columns.len());
        let sql = format!("INSERT INTO {} ({}) VALUES {places}", quoted(&table.name), columns.join(", "));
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
        for row in rows {
            for (value, (_, kind)) in row.into_iter().zip(&table.columns) {
                query = match kind {
                    Kind::Integer => query.bind(value.as_i64()),
                    Kind::Real => query.bind(value.as_f64()),
                    Kind::Text => query.bind(text(value)),
                    Kind::Bytes => query.bind(value.as_str().and_then(bytes)),
                };
            }
        }
        let name = table.name.clone();
        let done = query.execute(&mut self.connection).await;
        done.map(drop).map_err(|source| BackupError::Table { table: name, doing: "written", source })
    }

    async fn execute(&mut self, sql: &str, table: &str) -> Result<()> {
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut self.connection).await;
        done.map(drop).map_err(|source| BackupError::Table { table: table.to_owned(), doing: "written", source })
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}
