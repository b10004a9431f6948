//! Making a backup, while the server runs.

use std::{io::Write, path::Path};

use futures::TryStreamExt;
use sqlx::AnyConnection;

use super::{
    contents::Contents,
    error::{BackupError, Result},
    format::{Line, Writer},
    parts::Part,
    tables,
};
use crate::{StartError, clock::Moment, store::Database};

/// Write a backup of the server with this data folder and database.
///
/// # Errors
/// When there is no such server, its database cannot be read, or the backup cannot be written.
pub async fn back_up<W: Write>(data: &Path, database: Option<&str>, out: W) -> Result<(Contents, W)> {
    let database = Database::choose(data, database)?;
    if let Database::Sqlite(path) = &database
        && !path.exists()
    {
        return Err(StartError::NoDatabase { path: path.clone() }.into());
    }
    let made_at = Moment::now().to_string();
    let mut writer = Writer::begin(out, made_at.clone())?;
    let mut contents = Contents { made_at, ..Contents::default() };
    let mut together = None;
    for part in Part::ALL {
        let mut connection = match (&database, together.take()) {
            // One transaction for both parts.
            (Database::Postgres(_), Some(connection)) => connection,
            _ => snapshot(&part.database(&database)).await?,
        };
        write_part(&mut connection, part, &mut writer, &mut contents).await?;
        together = Some(connection);
    }
    Ok((contents, writer.end()?))
}

/// A connection that sees the database as it is at one moment, until it is dropped.
async fn snapshot(database: &Database) -> Result<AnyConnection> {
    let mut connection = database.connection().await?;
    let begin = match database {
        Database::Sqlite(_) => "BEGIN; SELECT COUNT(*) FROM sqlite_master",
        Database::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    };
    let failed = |source| BackupError::Table { table: database.for_people(), doing: "read", source };
    sqlx::raw_sql(begin).execute(&mut connection).await.map_err(failed)?;
    Ok(connection)
}

async fn write_part<W: Write>(
    connection: &mut AnyConnection,
    part: Part,
    writer: &mut Writer<W>,
    contents: &mut Contents,
) -> Result<()> {
    // A server that was never started has no clusters yet.
    let Some(schema) = tables::version(connection, part).await? else { return Ok(()) };
    writer.line(&Line::Part { part: part.name().to_owned(), schema })?;
    for table in tables::of(connection, part).await? {
        let failed = |source| BackupError::Table { table: table.name.clone(), doing: "read", source };
        writer.line(&Line::Table(table.clone()))?;
        let mut rows = sqlx::query(sqlx::AssertSqlSafe(table.select())).fetch(&mut *connection);
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            writer.line(&Line::Row(table.row(&row).map_err(failed)?))?;
            contents.count(&table.name);
        }
    }
    Ok(())
}
