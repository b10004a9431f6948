//! The tables of a database as it describes itself: their columns, and which must be filled before which.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{AnyConnection, Row, any::AnyRow};

use super::{
    error::{BackupError, Result},
    parts::Part,
};

/// What a column holds, in either database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Integer,
    Real,
    Text,
    Bytes,
}

impl Kind {
    fn of(declared: &str) -> Self {
        let declared = declared.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
        match () {
            () if has(&["int"]) => Self::Integer,
            () if has(&["double", "real", "float"]) => Self::Real,
            () if has(&["blob", "bytea"]) => Self::Bytes,
            () => Self::Text,
        }
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Table {
    #[serde(rename = "table")]
    pub(super) name: String,
    pub(super) columns: Vec<(String, Kind)>,
}

impl Table {
    /// What reads all of it.
    pub(super) fn select(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|(name, _)| quoted(name)).collect();
        format!("SELECT {} FROM {}", columns.join(", "), quoted(&self.name))
    }

    /// A row as JSON: bytes as text in hexadecimal.
    pub(super) fn row(&self, row: &AnyRow) -> std::result::Result<Vec<Value>, sqlx::Error> {
        let value = |(at, (_, kind)): (usize, &(String, Kind))| {
            Ok(match kind {
                Kind::Integer => row.try_get::<Option<i64>, _>(at)?.map(Value::from),
                Kind::Real => row.try_get::<Option<f64>, _>(at)?.map(Value::from),
                Kind::Text => row.try_get::<Option<String>, _>(at)?.map(Value::from),
                Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(at)?.map(|bytes| Value::from(hexadecimal(&bytes))),
            }
            .unwrap_or_default())
        };
        self.columns.iter().enumerate().map(value).collect()
    }
}

/// A name as both databases take it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of such a text.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks_exact(2);
    if !digits.remainder().is_empty() {
        return None;
    }
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// How a database describes itself.
struct Catalogue {
    tables: &'static str,
    columns: &'static str,
    needed: &'static str,
}

const SQLITE: Catalogue = Catalogue {
    tables: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
    columns: "SELECT name, type FROM pragma_table_info($1) ORDER BY cid",
    needed: "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list($1)",
};
const POSTGRES: Catalogue = Catalogue {
    tables: "SELECT CAST(table_name AS TEXT) FROM information_schema.tables
             WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name",
    columns: "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT) FROM information_schema.columns
              WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
    needed: "SELECT DISTINCT CAST(needed.relname AS TEXT) FROM pg_constraint
             JOIN pg_class AS owner ON owner.oid = pg_constraint.conrelid
             JOIN pg_class AS needed ON needed.oid = pg_constraint.confrelid
             WHERE pg_constraint.contype = 'f' AND owner.relname = $1
               AND owner.relnamespace = CAST(current_schema() AS regnamespace)",
};

fn catalogue(connection: &AnyConnection) -> &'static Catalogue {
    if connection.backend_name() == "PostgreSQL" { &POSTGRES } else { &SQLITE }
}

/// The tables of a part, each after those that its rows refer to.
pub(super) async fn of(connection: &mut AnyConnection, part: Part) -> Result<Vec<Table>> {
    let catalogue = catalogue(connection);
    let failed = |source| BackupError::Table { table: part.name().to_owned(), doing: "read", source };
    let names: Vec<String> = sqlx::query_scalar(catalogue.tables).fetch_all(&mut *connection).await.map_err(failed)?;
    let mut waiting = Vec::new();
    for name in names.into_iter().filter(|name| part.has(name)) {
        let failed = |source| BackupError::Table { table: name.clone(), doing: "read", source };
        let rows = sqlx::query(catalogue.columns).bind(name.clone()).fetch_all(&mut *connection).await;
        let column = |row: &AnyRow| Ok((row.try_get(0)?, Kind::of(row.try_get(1)?)));
        let columns = rows.and_then(|rows| rows.iter().map(column).collect()).map_err(failed)?;
        let needed = sqlx::query_scalar(catalogue.needed).bind(name.clone()).fetch_all(&mut *connection).await;
        let mut needed: BTreeSet<String> = needed.map_err(failed)?.into_iter().collect();
        needed.remove(&name);
        waiting.push((Table { name, columns }, needed));
    }
    Ok(in_order(waiting))
}

/// The version of a part's schema; nothing when it has none.
pub(super) async fn version(connection: &mut AnyConnection, part: Part) -> Result<Option<i64>> {
    let failed = |source| BackupError::Table { table: part.versions().to_owned(), doing: "read", source };
    let names: Vec<String> =
        sqlx::query_scalar(catalogue(connection).tables).fetch_all(&mut *connection).await.map_err(failed)?;
    if !names.iter().any(|name| name == part.versions()) {
        return Ok(None);
    }
    let newest = format!("SELECT MAX(version) FROM {}", part.versions());
    sqlx::query_scalar(sqlx::AssertSqlSafe(newest)).fetch_one(connection).await.map_err(failed)
}

fn in_order(mut waiting: Vec<(Table, BTreeSet<String>)>) -> Vec<Table> {
    let mut ordered: Vec<Table> = Vec::new();
    while !waiting.is_empty() {
        let unmet =
            |needed: &BTreeSet<String>| needed.iter().any(|name| waiting.iter().any(|(it, _)| it.name == *name));
        // Tables that need each other cannot be ordered: the database says which row it misses.
        let next = waiting.iter().position(|(_, needed)| !unmet(needed)).unwrap_or(0);
        ordered.push(waiting.remove(next).0);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_comes_after_those_that_it_needs() {
        let table = |name: &str, needed: &[&str]| {
            let needed = needed.iter().map(|name| (*name).to_owned()).collect();
            (Table { name: name.to_owned(), columns: Vec::new() }, needed)
        };
        let waiting = vec![table("a", &["c", "b"]), table("b", &["d"]), table("c", &["b"]), table("d", &[])];
        let names: Vec<String> = in_order(waiting).into_iter().map(|table| table.name).collect();
        assert_eq!(names, ["d", "b", "c", "a"]);
    }

    #[test]
    fn bytes_survive_as_text() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(bytes(&hexadecimal(&all)), Some(all));
        assert_eq!((bytes("0"), bytes("xy"), bytes("")), (None, None, Some(Vec::new())));
    }

    #[test]
    fn columns_are_told_apart_in_either_databases_words() {
        for (declared, kind) in [
            ("BIGINT", Kind::Integer),
            ("integer", Kind::Integer),
            ("DOUBLE PRECISION", Kind::Real),
            ("double precision", Kind::Real),
            ("TEXT", Kind::Text),
            ("bytea", Kind::Bytes),
            ("BLOB", Kind::Bytes),
        ] {
            assert_eq!(Kind::of(declared), kind, "{declared}");
        }
    }
}
