//! The rows of a cluster: one for each object that is not as the cluster began, with an empty body for an object that
//! is gone, and how far the cluster has come.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::{AnyConnection, Row};

use crate::settings::Used;
use crate::store::canonical;
use crate::store::cluster_id::ClusterId;
use crate::store::error::ClusterError;
use crate::store::state::{Change, Key, Revision, State};
use crate::store::transaction::Outcome;

/// What a write leaves: how far the cluster has come, what it holds, and the rows that changed.
pub(super) struct Content {
    pub(super) head: Revision,
    used: Used,
    rows: Vec<RowChange>,
}

/// What a write changes in one row.
struct RowChange {
    key: Key,
    /// The object as text; empty for a deleted object of the baseline; `None` for any other deleted object.
    body: Option<String>,
}

impl Content {
    /// What the database is told of a write. Rows are as they are in the end.
    pub(super) fn of(outcome: &Outcome, baseline: &State) -> Self {
        let row = |change: &Change| RowChange {
            key: change.key.clone(),
            body: match &change.after {
                Some(object) => Some(object.to_string()),
                None => baseline.get(&change.key).map(|_| String::new()),
            },
        };
        let last: HashMap<&Key, &Change> = outcome.changes.iter().map(|change| (&change.key, change)).collect();
        let is_last = |change: &&Change| last.get(&change.key).is_some_and(|last| last.revision == change.revision);
        Self {
            head: outcome.state.revision(),
            used: outcome.state.beyond(baseline),
            rows: outcome.changes.iter().filter(is_last).map(row).collect(),
        }
    }
}

/// Writes what a write leaves of a cluster.
pub(super) async fn put(connection: &mut AnyConnection, id: &ClusterId, content: &Content) -> Result<(), sqlx::Error> {
    for row in &content.rows {
        put_row(connection, id, row).await?;
    }
    sqlx::query("UPDATE practice_clusters SET head = $1 WHERE id = $2")
        .bind(signed(content.head))
        .bind(id.as_str())
        .execute(&mut *connection)
        .await?;
    sqlx::query("UPDATE practice_worlds SET objects = $1, pods = $2, bytes = $3 WHERE cluster_id = $4")
        .bind(size(content.used.objects))
        .bind(size(content.used.pods))
        .bind(size(content.used.bytes))
        .bind(id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

async fn put_row(connection: &mut AnyConnection, id: &ClusterId, row: &RowChange) -> Result<(), sqlx::Error> {
    let statement = match row.body {
        Some(_) => {
            "INSERT INTO practice_objects (cluster_id, resource, namespace, name, body)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (cluster_id, resource, namespace, name) DO UPDATE SET body = excluded.body"
        }
        None => {
            "DELETE FROM practice_objects
             WHERE cluster_id = $1 AND resource = $2 AND namespace = $3 AND name = $4"
        }
    };
    let query = sqlx::query(statement)
        .bind(id.as_str())
        .bind(row.key.qualified().into_owned())
        .bind(row.key.namespace())
        .bind(row.key.name());
    let query = match &row.body {
        Some(body) => query.bind(body.as_str()),
        None => query,
    };
    query.execute(connection).await?;
    Ok(())
}

/// Puts what is stored of a cluster on top of what it began with; tells how many rows there are.
pub(super) async fn put_objects(
    connection: &mut AnyConnection,
    id: &ClusterId,
    state: &mut State,
) -> Result<usize, ClusterError> {
    let rows = sqlx::query("SELECT resource, namespace, name, body FROM practice_objects WHERE cluster_id = $1")
        .bind(id.as_str())
        .fetch_all(connection)
        .await?;
    for row in &rows {
        let body: String = row.try_get("body")?;
        let kind: String = row.try_get("resource")?;
        let key = Key::named(&kind, &row.try_get::<String, _>("namespace")?, &row.try_get::<String, _>("name")?);
        match body.as_str() {
            "" => state.remove(&key),
            body => state.put(key, Arc::new(canonical::ordered(serde_json::from_str(body)?))),
        }
    }
    Ok(rows.len())
}

/// A revision as a number of the database.
pub(super) fn signed(revision: Revision) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}

/// A size as a number of the database.
pub(super) fn size(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
