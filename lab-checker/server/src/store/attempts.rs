//! Attempts: what was handed in and what was said about it. Written once; a regrade adds a row beside an attempt
//! and never touches it (see `regrades`).

use serde_json::Value;
use sqlx::{Row, any::AnyRow};

use super::{
    Attempt, AttemptFilter, AttemptSummary, Result, Store,
    columns::{activity_of, moment, points},
};
use crate::activity;

const SUMMARY: &str = "id, learner, kind, activity, submitted_at, points, max_points, passed";
/// Unset filters match everything; the casts tell PostgreSQL the type of a parameter that is NULL.
const MATCHES: &str = "(CAST($1 AS TEXT) IS NULL OR learner = $1) AND (CAST($2 AS TEXT) IS NULL OR kind = $2)
                   AND (CAST($3 AS TEXT) IS NULL OR activity = $3) AND (CAST($4 AS TEXT) IS NULL OR id < $4)";

fn summary(row: &AnyRow) -> std::result::Result<AttemptSummary, sqlx::Error> {
    Ok(AttemptSummary {
        id: row.try_get("id")?,
        learner: row.try_get("learner")?,
        activity: activity_of(row)?,
        submitted_at: moment(row, "submitted_at")?,
        points: points(row, "points")?,
        max_points: points(row, "max_points")?,
        passed: row.try_get::<i64, _>("passed")? != 0,
    })
}

fn whole(row: &AnyRow) -> std::result::Result<Attempt, sqlx::Error> {
    let json = |column: &str| -> std::result::Result<Value, sqlx::Error> {
        serde_json::from_str(row.try_get::<&str, _>(column)?).map_err(|error| sqlx::Error::Decode(error.into()))
    };
    let summary = summary(row)?;
    Ok(Attempt {
        id: summary.id,
        learner: summary.learner,
        activity: summary.activity,
        submitted_at: summary.submitted_at,
        points: summary.points,
        max_points: summary.max_points,
        passed: summary.passed,
        submission: json("submission")?,
        report: json("report")?,
    })
}

impl Store {
    /// Keep an attempt. When this returns, it is on disk.
    pub async fn record(&self, attempt: Attempt) -> Result<()> {
        self.attempts.write(attempt).await
    }

    /// One attempt, with the newest grade.
    pub async fn attempt(&self, id: &str) -> Result<Option<Attempt>> {
        let sql = format!("SELECT {SUMMARY}, submission, report FROM results WHERE id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&self.read).await?;
        Ok(row.as_ref().map(whole).transpose()?)
    }

    /// The newest attempts that match, newest first, at most `most`.
    pub async fn attempts(&self, filter: &AttemptFilter, most: u32) -> Result<Vec<AttemptSummary>> {
        let sql = format!("SELECT {SUMMARY} FROM results WHERE {MATCHES} ORDER BY id DESC LIMIT $5");
        let rows = bound(sql, filter, most).fetch_all(&self.read).await?;
        Ok(rows.iter().map(summary).collect::<std::result::Result<_, _>>()?)
    }

    /// Like [`attempts`](Self::attempts), with submissions and reports.
    pub async fn whole_attempts(&self, filter: &AttemptFilter, most: u32) -> Result<Vec<Attempt>> {
        let sql =
            format!("SELECT {SUMMARY}, submission, report FROM results WHERE {MATCHES} ORDER BY id DESC LIMIT $5");
        let rows = bound(sql, filter, most).fetch_all(&self.read).await?;
        Ok(rows.iter().map(whole).collect::<std::result::Result<_, _>>()?)
    }
}

fn bound<'q>(
    sql: String,
    filter: &AttemptFilter,
    most: u32,
) -> sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments> {
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(filter.learner.clone())
        .bind(filter.kind.map(activity::word))
        .bind(filter.name.clone())
        .bind(filter.before.clone())
        .bind(i64::from(most))
}
