//! Grading again as a job: how far it is, and which server does it. Whoever does it says so every few seconds; one of
//! which nothing was heard for a while may be taken over, from where it was.

use sqlx::{AnyConnection, Row, any::AnyRow};
use uuid::Uuid;

use super::{Result, Store, columns::moment};
use crate::{
    activity::{self, ActivityKind},
    clock::Moment,
};

/// What to grade again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewRegradeJob {
    /// At this kind of activity only.
    pub kind: Option<ActivityKind>,
    /// At the activity of this name only.
    pub activity: Option<String>,
    /// What the instructor says to it.
    pub note: Option<String>,
    /// Whether the new grades are published as soon as all are there.
    pub publish: bool,
}

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegradeState {
    /// Some server works at it, or will.
    Running,
    /// An instructor has stopped it.
    Stopped,
    /// Everything is graded, and nothing published.
    Finished,
    /// The new grades are kept, and learners are told.
    Published,
    /// A newer job was begun before it was published. What it had found is forgotten.
    Replaced,
}

impl RegradeState {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
            Self::Published => "published",
            Self::Replaced => "replaced",
        }
    }

    fn named(word: &str) -> Option<Self> {
        let all = [Self::Running, Self::Stopped, Self::Finished, Self::Published, Self::Replaced];
        all.into_iter().find(|state| state.word() == word)
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq)]
pub struct RegradeJob {
    /// Sorts by time.
    pub id: String,
    /// What it is about.
    pub wanted: NewRegradeJob,
    /// When it was begun.
    pub started_at: Moment,
    /// When all was graded, or it was stopped.
    pub ended_at: Option<Moment>,
    /// How it stands.
    pub state: RegradeState,
    /// How many attempts there were when it began.
    pub total: u64,
    /// How many are graded again.
    pub graded: u64,
    /// How many could not be, because the course has their lab or quiz no more.
    pub gone: u64,
    /// The last learner whose attempts are done.
    pub learner: String,
}

/// Who does what was stopped.
const NOBODY: &str = "nobody";
const COLUMNS: &str = "id, started_at, state, kind, activity, note, publish, total, graded, gone, learner, ended_at";

impl Store {
    /// Begin a job, which nobody does yet. Nothing when another one is under way.
    pub async fn begin_regrade(&self, wanted: &NewRegradeJob) -> Result<Option<RegradeJob>> {
        let total = self.count_attempts(wanted).await?;
        let (id, now) = (Uuid::now_v7().to_string(), Moment::now().millis());
        let begun = self
            .written(async {
                let mut writing = self.write.begin().await?;
                let done = sqlx::query(
                    "INSERT INTO regrade_jobs (id, started_at, state, kind, activity, note, publish, total, graded,
                                               gone, learner, seen_at)
                     VALUES ($1, $2, 'running', $3, $4, $5, $6, $7, 0, 0, '', $2) ON CONFLICT DO NOTHING",
                )
                .bind(&id)
                .bind(now)
                .bind(wanted.kind.map(activity::word))
                .bind(wanted.activity.as_deref())
                .bind(wanted.note.as_deref())
                .bind(i64::from(wanted.publish))
                .bind(i64::try_from(total).unwrap_or(i64::MAX))
                .execute(&mut *writing)
                .await?;
                if done.rows_affected() == 1 {
                    forget_others(&mut writing, &id).await?;
                }
                writing.commit().await?;
                Ok(done.rows_affected() == 1)
            })
            .await?;
        if begun { self.regrade_job(&id).await } else { Ok(None) }
    }

    async fn count_attempts(&self, wanted: &NewRegradeJob) -> Result<u64> {
        let count = sqlx::query(
            "SELECT COUNT(*) FROM attempts WHERE (CAST($1 AS TEXT) IS NULL OR kind = $1)
             AND (CAST($2 AS TEXT) IS NULL OR activity = $2)",
        );
        let count = count.bind(wanted.kind.map(activity::word)).bind(wanted.activity.as_deref());
        let count: i64 = count.fetch_one(&self.read).await?.try_get(0)?;
        Ok(count.try_into().unwrap_or_default())
    }

    /// One job.
    pub async fn regrade_job(&self, id: &str) -> Result<Option<RegradeJob>> {
        let sql = format!("SELECT {COLUMNS} FROM regrade_jobs WHERE id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&self.read).await?;
        Ok(row.as_ref().map(job).transpose()?)
    }

    /// The jobs that are known, the newest first.
    pub async fn regrade_jobs(&self, most: u32) -> Result<Vec<RegradeJob>> {
        let sql = format!("SELECT {COLUMNS} FROM regrade_jobs ORDER BY started_at DESC, id DESC LIMIT $1");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(i64::from(most)).fetch_all(&self.read).await?;
        Ok(rows.iter().map(job).collect::<std::result::Result<_, _>>()?)
    }

    /// Take over the job that nobody does: of which nothing was heard since `silent_since`, or which was let go.
    pub async fn take_regrade(&self, worker: &str, silent_since: Moment) -> Result<Option<RegradeJob>> {
        let waiting = "SELECT id FROM regrade_jobs WHERE state = 'running' AND (worker IS NULL OR seen_at < $1)
                       ORDER BY id LIMIT 1";
        let row = sqlx::query(waiting).bind(silent_since.millis()).fetch_optional(&self.read).await?;
        let Some(id) = row.map(|row| row.try_get::<String, _>(0)).transpose()? else { return Ok(None) };
        let taken = self
            .written(async {
                let mut writing = self.write.begin().await?;
                let done = sqlx::query(
                    "UPDATE regrade_jobs SET worker = $2, seen_at = $3
                     WHERE id = $1 AND state = 'running' AND (worker IS NULL OR seen_at < $4)",
                )
                .bind(&id)
                .bind(worker)
                .bind(Moment::now().millis())
                .bind(silent_since.millis())
                .execute(&mut *writing)
                .await?;
                writing.commit().await?;
                Ok(done.rows_affected() == 1)
            })
            .await?;
        if taken { self.regrade_job(&id).await } else { Ok(None) }
    }

    /// Say that a worker still works at a job. False when it does not any more: the job was stopped or taken over.
    pub async fn regrade_goes_on(&self, id: &str, worker: &str) -> Result<bool> {
        self.change_job(
            "UPDATE regrade_jobs SET seen_at = $3 WHERE id = $1 AND state = 'running' AND worker = $2",
            id,
            worker,
        )
        .await
    }

    /// Let go of a job, so that another server, or the next start, takes it over at once.
    pub async fn leave_regrade(&self, id: &str, worker: &str) -> Result<bool> {
        let leave = "UPDATE regrade_jobs SET worker = NULL, seen_at = $3 WHERE id = $1 AND worker = $2
                     AND state = 'running'";
        self.change_job(leave, id, worker).await
    }

    /// Everything is graded.
    pub async fn finish_regrade(&self, id: &str, worker: &str) -> Result<bool> {
        let finish = "UPDATE regrade_jobs SET state = 'finished', ended_at = $3 WHERE id = $1 AND worker = $2
                      AND state = 'running'";
        self.change_job(finish, id, worker).await
    }

    /// Stop a job. False when it is not running.
    pub async fn stop_regrade(&self, id: &str) -> Result<bool> {
        let stop = "UPDATE regrade_jobs SET state = 'stopped', worker = $2, ended_at = $3 WHERE id = $1
                    AND state = 'running'";
        self.change_job(stop, id, NOBODY).await
    }

    /// Let somebody go on with a job that was stopped. False when it was not, or another one runs.
    pub async fn resume_regrade(&self, id: &str) -> Result<bool> {
        let resume = "UPDATE regrade_jobs SET state = 'running', worker = NULL, seen_at = $3, ended_at = NULL
                      WHERE id = $1 AND state = 'stopped' AND worker = $2
                      AND NOT EXISTS (SELECT 1 FROM regrade_jobs WHERE state = 'running')";
        self.change_job(resume, id, NOBODY).await
    }

    async fn change_job(&self, sql: &'static str, id: &str, worker: &str) -> Result<bool> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            let now = Moment::now().millis();
            let done = sqlx::query(sql).bind(id).bind(worker).bind(now).execute(&mut *writing).await?;
            writing.commit().await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }
}

/// What was found before and never published is of no use any more.
async fn forget_others(writing: &mut AnyConnection, id: &str) -> std::result::Result<(), sqlx::Error> {
    let others = "(SELECT id FROM regrade_jobs WHERE state IN ('stopped', 'finished') AND id <> $1)";
    for table in ["regrade_changes", "regrade_notices"] {
        let forget = format!("DELETE FROM {table} WHERE job IN {others}");
        sqlx::query(sqlx::AssertSqlSafe(forget)).bind(id).execute(&mut *writing).await?;
    }
    let replaced = "UPDATE regrade_jobs SET state = 'replaced' WHERE state IN ('stopped', 'finished') AND id <> $1";
    sqlx::query(replaced).bind(id).execute(writing).await?;
    Ok(())
}

fn job(row: &AnyRow) -> std::result::Result<RegradeJob, sqlx::Error> {
    let number = |column: &str| row.try_get(column).map(|number: i64| u64::try_from(number).unwrap_or_default());
    let state: String = row.try_get("state")?;
    let unknown = || sqlx::Error::Decode(format!("regrade state {state:?} is unknown").into());
    let kind: Option<String> = row.try_get("kind")?;
    let ended_at: Option<i64> = row.try_get("ended_at")?;
    Ok(RegradeJob {
        id: row.try_get("id")?,
        wanted: NewRegradeJob {
            kind: kind.as_deref().and_then(activity::kind),
            activity: row.try_get("activity")?,
            note: row.try_get("note")?,
            publish: row.try_get::<i64, _>("publish")? != 0,
        },
        started_at: moment(row, "started_at")?,
        ended_at: ended_at.map(Moment::from_millis),
        state: RegradeState::named(&state).ok_or_else(unknown)?,
        total: number("total")?,
        graded: number("graded")?,
        gone: number("gone")?,
        learner: row.try_get("learner")?,
    })
}
