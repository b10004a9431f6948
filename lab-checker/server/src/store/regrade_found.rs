//! What a job of grading again has found: attempts whose grade changes, and what learners would be told. It stands
//! beside the grades until it is published, so that what is published is what was shown.

use sqlx::{AnyConnection, Row, any::AnyRow};
use uuid::Uuid;

use super::{RegradeState, Result, Store, columns::activity_of};
use crate::{
    activity::{self, Activity},
    clock::Moment,
};

/// An attempt whose grade changes.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundChange {
    /// The attempt.
    pub attempt: String,
    /// Whose.
    pub learner: String,
    /// At what.
    pub activity: Activity,
    /// Points given and possible, and whether it passed, until now.
    pub before: (f64, f64, bool),
    /// The same from now on.
    pub after: (f64, f64, bool),
    /// The new report.
    pub report: String,
    /// The first flow that is judged otherwise.
    pub flow: Option<String>,
    /// What is judged otherwise, in a sentence.
    pub difference: String,
}

/// What one learner would be told about one activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundNotice {
    /// Whom.
    pub learner: String,
    /// About what.
    pub activity: Activity,
    /// What, as JSON.
    pub body: String,
}

/// What was found since it was last kept, and how far the job is with it.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Attempts whose grade changes.
    pub changes: Vec<FoundChange>,
    /// What learners would be told.
    pub notices: Vec<FoundNotice>,
    /// How many attempts were graded.
    pub graded: u64,
    /// How many could not be.
    pub gone: u64,
    /// The last learner who is done; nothing while that has not changed.
    pub learner: Option<String>,
}

/// Why new grades could not be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpublished {
    /// The job is not finished, or published already.
    NotFinished,
    /// Other grades have been published since it began.
    Outdated,
}

impl Store {
    /// Learners who have handed in, after this one, in the order of their ids.
    pub async fn learners_with_attempts(&self, after: &str, most: u32) -> Result<Vec<String>> {
        let sql = "SELECT DISTINCT learner FROM attempts WHERE learner > $1 ORDER BY learner LIMIT $2";
        Ok(sqlx::query_scalar(sql).bind(after).bind(i64::from(most)).fetch_all(&self.read).await?)
    }

    /// Forget what was found about learners who are not done: they are begun anew.
    pub async fn forget_unfinished(&self, job: &str, done: &str) -> Result<()> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            for table in ["regrade_changes", "regrade_notices"] {
                let sql = format!("DELETE FROM {table} WHERE job = $1 AND learner > $2");
                sqlx::query(sqlx::AssertSqlSafe(sql)).bind(job).bind(done).execute(&mut *writing).await?;
            }
            writing.commit().await
        })
        .await
    }

    /// Keep what was found, if the job is still this worker's. Otherwise nothing is kept. Of learners who were deleted
    /// meanwhile nothing is, not even that they were the last.
    pub async fn keep_found(&self, job: &str, worker: &str, found: &Found) -> Result<bool> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            let mine = sqlx::query(
                "UPDATE regrade_jobs SET graded = graded + $3, gone = gone + $4, seen_at = $5,
                        learner = COALESCE((SELECT MAX(id) FROM learners WHERE id <= $6), learner)
                 WHERE id = $1 AND worker = $2 AND state = 'running'",
            )
            .bind(job)
            .bind(worker)
            .bind(i64::try_from(found.graded).unwrap_or(i64::MAX))
            .bind(i64::try_from(found.gone).unwrap_or(i64::MAX))
            .bind(Moment::now().millis())
            .bind(found.learner.as_deref())
            .execute(&mut *writing)
            .await?;
            if mine.rows_affected() != 1 {
                return Ok(false);
            }
            for change in &found.changes {
                insert_change(job, change).execute(&mut *writing).await?;
            }
            for notice in &found.notices {
                sqlx::query(
                    "INSERT INTO regrade_notices (job, learner, kind, activity, body)
                     SELECT $1, $2, $3, $4, $5 WHERE EXISTS (SELECT 1 FROM learners WHERE id = $2)",
                )
                .bind(job)
                .bind(&notice.learner)
                .bind(activity::word(notice.activity.kind))
                .bind(&notice.activity.name)
                .bind(&notice.body)
                .execute(&mut *writing)
                .await?;
            }
            writing.commit().await?;
            Ok(true)
        })
        .await
    }

    /// How many grades change.
    pub async fn count_found(&self, job: &str) -> Result<u64> {
        let count = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM regrade_changes WHERE job = $1").bind(job);
        Ok(count.fetch_one(&self.read).await?.try_into().unwrap_or_default())
    }

    /// The attempts whose grade changes, with their learners' names: the newest first, those before this one.
    pub async fn found_changes(
        &self,
        job: &str,
        before: Option<&str>,
        most: u32,
    ) -> Result<Vec<(FoundChange, String)>> {
        let older = before.map_or("", |_| "AND attempt < $3");
        let sql = format!(
            "SELECT attempt, learner, kind, activity, old_points, old_max, old_passed, points, max_points, passed, flow,
                    difference, learners.name AS name
             FROM regrade_changes JOIN learners ON learners.id = regrade_changes.learner
             WHERE job = $1 {older} ORDER BY attempt DESC LIMIT $2"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(job).bind(i64::from(most));
        let query = if let Some(before) = before { query.bind(before) } else { query };
        let rows = query.fetch_all(&self.read).await?;
        Ok(rows.iter().map(change).collect::<std::result::Result<_, _>>()?)
    }

    /// What learners would be told, with their names, by which they are sorted.
    pub async fn found_notices(&self, job: &str, skip: u64, most: u32) -> Result<Vec<(FoundNotice, String)>> {
        let rows = sqlx::query(
            "SELECT learner, kind, activity, body, learners.name AS name
             FROM regrade_notices JOIN learners ON learners.id = regrade_notices.learner
             WHERE job = $1 ORDER BY LOWER(learners.name), learner, kind, activity LIMIT $2 OFFSET $3",
        )
        .bind(job)
        .bind(i64::from(most))
        .bind(i64::try_from(skip).unwrap_or(i64::MAX))
        .fetch_all(&self.read)
        .await?;
        let notice = |row: &AnyRow| {
            let found = FoundNotice {
                learner: row.try_get("learner")?,
                activity: activity_of(row)?,
                body: row.try_get("body")?,
            };
            Ok((found, row.try_get("name")?))
        };
        Ok(rows.iter().map(notice).collect::<std::result::Result<_, sqlx::Error>>()?)
    }

    /// Put the new grades that a job has found beside the attempts: all of them or none.
    /// `from` is the state that the job must be in.
    pub async fn publish_regrade(
        &self,
        job: &str,
        from: RegradeState,
        note: Option<&str>,
    ) -> Result<std::result::Result<(), Unpublished>> {
        let now = Moment::now().millis();
        self.written(async {
            let mut writing = self.write.begin().await?;
            // The first statement writes, so that whoever publishes at the same moment waits.
            let taken = sqlx::query(
                "UPDATE regrade_jobs SET state = 'published', note = CAST($2 AS TEXT), ended_at = $3
                 WHERE id = $1 AND state = $4",
            )
            .bind(job)
            .bind(note)
            .bind(now)
            .bind(from.word())
            .execute(&mut *writing)
            .await?;
            if taken.rows_affected() != 1 {
                return Ok(Err(Unpublished::NotFinished));
            }
            let newer: i64 = sqlx::query_scalar(
                "SELECT COUNT(*) FROM publications
                 WHERE made_at >= (SELECT started_at FROM regrade_jobs WHERE id = $1)",
            )
            .bind(job)
            .fetch_one(&mut *writing)
            .await?;
            if newer > 0 {
                return Ok(Err(Unpublished::Outdated));
            }
            publish_changes(&mut writing, job, now, note).await?;
            writing.commit().await?;
            Ok(Ok(()))
        })
        .await
    }
}

/// What changes nothing makes no publication: nobody is told anything.
async fn publish_changes(
    writing: &mut AnyConnection,
    job: &str,
    now: i64,
    note: Option<&str>,
) -> std::result::Result<(), sqlx::Error> {
    let changes = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM regrade_changes WHERE job = $1").bind(job);
    if changes.fetch_one(&mut *writing).await? == 0 {
        return Ok(());
    }
    let publication = Uuid::now_v7().to_string();
    sqlx::query("INSERT INTO publications (id, made_at, note) VALUES ($1, $2, $3)")
        .bind(&publication)
        .bind(now)
        .bind(note)
        .execute(&mut *writing)
        .await?;
    sqlx::query(
        "INSERT INTO regrades (attempt, made_at, points, max_points, passed, report, publication, difference)
         SELECT attempt, (SELECT CASE WHEN MAX(made_at) >= $2 THEN MAX(made_at) + 1 ELSE $2 END
                          FROM regrades WHERE attempt = regrade_changes.attempt),
                points, max_points, passed, report, $3, difference
         FROM regrade_changes WHERE job = $1",
    )
    .bind(job)
    .bind(now)
    .bind(&publication)
    .execute(&mut *writing)
    .await?;
    sqlx::query("UPDATE regrade_jobs SET publication = $2 WHERE id = $1")
        .bind(job)
        .bind(&publication)
        .execute(writing)
        .await?;
    Ok(())
}

fn insert_change<'q>(
    job: &'q str,
    change: &'q FoundChange,
) -> sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments> {
    let FoundChange { attempt, learner, activity, before, after, report, flow, difference } = change;
    sqlx::query(
        "INSERT INTO regrade_changes (job, attempt, learner, kind, activity, old_points, old_max, old_passed, points,
                                      max_points, passed, report, flow, difference)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
         WHERE EXISTS (SELECT 1 FROM attempts WHERE id = $2)",
    )
    .bind(job)
    .bind(attempt)
    .bind(learner)
    .bind(activity::word(activity.kind))
    .bind(&activity.name)
    .bind(before.0)
    .bind(before.1)
    .bind(i64::from(before.2))
    .bind(after.0)
    .bind(after.1)
    .bind(i64::from(after.2))
    .bind(report)
    .bind(flow.as_deref())
    .bind(difference)
}

fn change(row: &AnyRow) -> std::result::Result<(FoundChange, String), sqlx::Error> {
    let passed = |column: &str| Ok::<_, sqlx::Error>(row.try_get::<i64, _>(column)? != 0);
    let found = FoundChange {
        attempt: row.try_get("attempt")?,
        learner: row.try_get("learner")?,
        activity: activity_of(row)?,
        before: (row.try_get("old_points")?, row.try_get("old_max")?, passed("old_passed")?),
        after: (row.try_get("points")?, row.try_get("max_points")?, passed("passed")?),
        report: String::new(),
        flow: row.try_get("flow")?,
        difference: row.try_get("difference")?,
    };
    Ok((found, row.try_get("name")?))
}
