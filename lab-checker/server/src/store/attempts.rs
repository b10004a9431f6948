//! Attempts: what was handed in and what was said about it. Written once; a regrade adds a row beside an attempt
//! and never touches it (see `regrades`).
//!
//! Whoever lists them asks for the columns that are shown: submissions and reports are large.

use serde_json::Value;
use sqlx::{
    Any, Row,
    any::{AnyArguments, AnyRow},
    query::Query,
};

use super::{
    Attempt, AttemptFilter, AttemptSummary, Result, Store,
    columns::{activity_of, moment, points},
    conditions::Conditions,
    content::inflated,
};
use crate::activity::{self, Activity, ActivityKind};

type Read<T> = std::result::Result<T, sqlx::Error>;

/// What stands in every list.
const SUMMARY: &str = "results.id, results.learner, results.kind, results.activity, results.submitted_at,
    results.points, results.max_points, results.passed";
/// What was handed in stands beside the attempt, or in it.
const SUBMISSION: &str = "results.submission, submissions.content";
const WITH_SUBMISSIONS: &str = "results JOIN attempts AS handed_in ON handed_in.id = results.id
    LEFT JOIN submissions ON submissions.hash = handed_in.content";

/// An attempt without what was handed in.
#[derive(Debug, Clone, PartialEq)]
pub struct Reported {
    /// The attempt.
    pub attempt: AttemptSummary,
    /// The newest report.
    pub report: Value,
}

/// What an analysis reads of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The attempt.
    pub id: String,
    /// Whose.
    pub learner: String,
    /// Whether everything was right, after regrades.
    pub passed: bool,
    /// The newest report, as JSON.
    pub report: String,
    /// What was handed in at a quiz, as JSON; empty of a lab.
    pub answers: String,
}

impl Store {
    /// Keep an attempt. When this returns, it is on disk.
    pub async fn record(&self, attempt: Attempt) -> Result<()> {
        self.attempts.write(attempt).await
    }

    /// One attempt, with the newest grade.
    pub async fn attempt(&self, id: &str) -> Result<Option<Attempt>> {
        let sql =
            format!("SELECT {SUMMARY}, {SUBMISSION}, results.report FROM {WITH_SUBMISSIONS} WHERE results.id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&self.read).await?;
        Ok(row.map(|row| self.whole(&row)).transpose()?)
    }

    /// One attempt without what was handed in.
    pub async fn reported(&self, id: &str) -> Result<Option<Reported>> {
        let sql = format!("SELECT {SUMMARY}, results.report FROM results WHERE results.id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&self.read).await?;
        Ok(row.map(|row| self.with_report(&row)).transpose()?)
    }

    /// The newest attempt that matches, without what was handed in.
    pub async fn newest_reported(&self, filter: &AttemptFilter) -> Result<Option<Reported>> {
        let list = List::of(filter, &format!("{SUMMARY}, results.report"), "results", 1);
        let row = list.query().fetch_optional(&self.read).await?;
        Ok(row.map(|row| self.with_report(&row)).transpose()?)
    }

    /// The newest attempts that match, newest first, at most `most`.
    pub async fn attempts(&self, filter: &AttemptFilter, most: u32) -> Result<Vec<AttemptSummary>> {
        let rows = List::of(filter, SUMMARY, "results", most).query().fetch_all(&self.read).await?;
        rows.iter().for_each(|_| self.traffic.read(0));
        Ok(rows.iter().map(summary).collect::<Read<_>>()?)
    }

    /// Like [`attempts`](Self::attempts), with submissions and reports.
    pub async fn whole_attempts(&self, filter: &AttemptFilter, most: u32) -> Result<Vec<Attempt>> {
        let columns = format!("{SUMMARY}, {SUBMISSION}, results.report");
        let rows = List::of(filter, &columns, WITH_SUBMISSIONS, most).query().fetch_all(&self.read).await?;
        Ok(rows.iter().map(|row| self.whole(row)).collect::<Read<_>>()?)
    }

    /// The attempt at an activity after which there are `newest` more; nothing when there are not so many.
    pub async fn before_the_newest(&self, activity: &Activity, newest: u32) -> Result<Option<String>> {
        let sql = "SELECT id FROM attempts WHERE kind = $1 AND activity = $2 ORDER BY id DESC LIMIT 1 OFFSET $3";
        let row = sqlx::query(sql)
            .bind(activity::word(activity.kind))
            .bind(activity.name.clone())
            .bind(i64::from(newest))
            .fetch_optional(&self.read)
            .await?;
        Ok(row.map(|row| row.try_get("id")).transpose()?)
    }

    /// How the attempts at an activity were judged that were handed in after another one, the oldest first, at most
    /// `most`.
    pub async fn judged_after(&self, activity: &Activity, after: &str, most: u32) -> Result<Vec<Judged>> {
        let answers = match activity.kind {
            ActivityKind::Quiz => "results.submission",
            ActivityKind::Lab => "''",
        };
        let sql = format!(
            "SELECT results.id, results.learner, results.passed, results.report, {answers} AS answers FROM results
             WHERE results.kind = $1 AND results.activity = $2 AND results.id > $3 ORDER BY results.id LIMIT $4"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(activity::word(activity.kind))
            .bind(activity.name.clone())
            .bind(after.to_owned())
            .bind(i64::from(most))
            .fetch_all(&self.read)
            .await?;
        Ok(rows.iter().map(|row| self.judged(row)).collect::<Read<_>>()?)
    }

    fn judged(&self, row: &AnyRow) -> Read<Judged> {
        let (report, answers): (String, String) = (row.try_get("report")?, row.try_get("answers")?);
        self.traffic.read(report.len() + answers.len());
        let (id, learner) = (row.try_get("id")?, row.try_get("learner")?);
        Ok(Judged { id, learner, passed: row.try_get::<i64, _>("passed")? != 0, report, answers })
    }

    fn with_report(&self, row: &AnyRow) -> Read<Reported> {
        let report: &str = row.try_get("report")?;
        self.traffic.read(report.len());
        Ok(Reported { attempt: summary(row)?, report: json(report)? })
    }

    fn whole(&self, row: &AnyRow) -> Read<Attempt> {
        let AttemptSummary { id, learner, activity, submitted_at, points, max_points, passed } = summary(row)?;
        let (words, report): (&str, &str) = (row.try_get("submission")?, row.try_get("report")?);
        let content: Option<&[u8]> = row.try_get("content")?;
        self.traffic.read(words.len() + report.len() + content.map_or(0, <[u8]>::len));
        let submission = content.map_or_else(|| json(words), inflated)?;
        let report = json(report)?;
        Ok(Attempt { id, learner, activity, submitted_at, points, max_points, passed, submission, report })
    }
}

fn json(text: &str) -> Read<Value> {
    serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(error.into()))
}

fn summary(row: &AnyRow) -> Read<AttemptSummary> {
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

/// A list of attempts, the newest first.
pub(super) struct List {
    conditions: Conditions,
    sql: String,
    most: u32,
}

impl List {
    pub(super) fn of(filter: &AttemptFilter, columns: &str, from: &str, most: u32) -> Self {
        let AttemptFilter { learner, kind, name, before } = filter;
        // One index knows names by their kinds.
        let any_kind = (name.is_some() && kind.is_none()).then_some("results.kind IN ('lab', 'quiz')");
        let conditions = Conditions::default()
            .with("results.learner =", learner.as_deref())
            .with("results.kind =", kind.map(activity::word))
            .and(any_kind)
            .with("results.activity =", name.as_deref())
            .with("results.id <", before.as_deref());
        let sql = conditions.list(&format!("SELECT {columns} FROM {from}"), "results.id DESC");
        Self { conditions, sql, most }
    }

    fn query(&self) -> Query<'static, Any, AnyArguments> {
        self.conditions.bound(self.sql.clone(), self.most)
    }

    fn explained(&self, how: &str) -> Query<'static, Any, AnyArguments> {
        self.conditions.bound(format!("{how} {}", self.sql), self.most)
    }
}

impl Store {
    /// How the database finds the attempts of a list, with and without what was handed in: its own words.
    pub async fn plan(&self, filter: &AttemptFilter) -> Result<Vec<String>> {
        let lists = [(SUMMARY, "results"), (SUBMISSION, WITH_SUBMISSIONS)];
        let [short, whole] = lists.map(|(columns, from)| List::of(filter, columns, from, 200));
        let mut lines = self.plan_of(|how| short.explained(how)).await?;
        lines.extend(self.plan_of(|how| whole.explained(how)).await?);
        Ok(lines)
    }
}
