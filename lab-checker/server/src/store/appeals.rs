//! Appeals: what learners say about attempts that did not pass, and what instructors answer. One for an attempt.

use sqlx::{AnyConnection, Row, any::AnyRow};
use uuid::Uuid;

use super::{Result, Store, columns::moment, conditions::Conditions};
use crate::clock::Moment;

/// What a learner says about an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAppeal {
    /// The attempt.
    pub attempt: String,
    /// Whose it is.
    pub learner: String,
    /// The flow that failed first, if a flow did.
    pub flow: Option<String>,
    /// What the check said about it.
    pub finding: String,
    /// What the learner says; may be empty.
    pub message: String,
}

/// An appeal, with what an instructor has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appeal {
    /// Sorts by time.
    pub id: String,
    /// The lab.
    pub lab: String,
    /// When it was made.
    pub made_at: Moment,
    /// What the learner said, and about what.
    pub said: NewAppeal,
    /// What was answered, and when.
    pub answer: Option<(String, Moment)>,
}

/// Which appeals to list.
#[derive(Debug, Clone, Default)]
pub struct AppealFilter {
    /// Of this learner only.
    pub learner: Option<String>,
    /// About this attempt only.
    pub attempt: Option<String>,
    /// Answered ones, or open ones, only.
    pub answered: Option<bool>,
    /// Older than the appeal with this id, for the next page.
    pub before: Option<String>,
}

const APPEALS: &str = "SELECT appeals.id, appeals.attempt, appeals.learner, appeals.made_at, appeals.flow,
        appeals.finding, appeals.message, appeals.answer, appeals.answered_at, attempts.activity
    FROM appeals JOIN attempts ON attempts.id = appeals.attempt";

impl Store {
    /// Keep an appeal, unless the learner has so many open ones already, or one about this attempt.
    pub async fn appeal(&self, new: &NewAppeal, most_open: i64) -> Result<Appealed> {
        let (id, now) = (Uuid::now_v7().to_string(), Moment::now());
        self.written(async {
            let mut writing = self.write.begin().await?;
            // Two at once wait for each other here, on both databases, and each sees what the other did.
            sqlx::query("UPDATE learners SET name = name WHERE id = $1")
                .bind(&new.learner)
                .execute(&mut *writing)
                .await?;
            let refused = refused(&mut writing, new, most_open).await?;
            if refused.is_none() {
                insert(&mut writing, &id, now, new).await?;
            }
            writing.commit().await?;
            Ok(refused.unwrap_or(Appealed::Kept(id)))
        })
        .await
    }

    /// One appeal.
    pub async fn appeal_of(&self, id: &str) -> Result<Option<Appeal>> {
        let sql = format!("{APPEALS} WHERE appeals.id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&self.read).await?;
        Ok(row.as_ref().map(appeal).transpose()?)
    }

    /// The appeals that match, the newest first, at most `most`.
    pub async fn appeals(&self, filter: &AppealFilter, most: u32) -> Result<Vec<Appeal>> {
        let wanted = wanted(filter);
        let rows = wanted.bound(wanted.list(APPEALS, "appeals.id DESC"), most).fetch_all(&self.read).await?;
        Ok(rows.iter().map(appeal).collect::<std::result::Result<_, _>>()?)
    }

    /// How the database finds the appeals of a list, in its own words.
    pub async fn plan_of_appeals(&self, filter: &AppealFilter) -> Result<Vec<String>> {
        let wanted = wanted(filter);
        let sql = wanted.list(APPEALS, "appeals.id DESC");
        self.plan_of(|how| wanted.bound(format!("{how} {sql}"), 200)).await
    }

    /// How many wait for an answer.
    pub async fn open_appeals(&self) -> Result<i64> {
        let row = sqlx::query("SELECT COUNT(*) AS waiting FROM appeals WHERE answer IS NULL");
        Ok(row.fetch_one(&self.read).await?.try_get("waiting")?)
    }

    /// Answer an appeal, or answer it anew; whether there is one.
    pub async fn answer_appeal(&self, id: &str, answer: &str) -> Result<bool> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            let done = sqlx::query("UPDATE appeals SET answer = $2, answered_at = $3 WHERE id = $1")
                .bind(id)
                .bind(answer)
                .bind(Moment::now().millis())
                .execute(&mut *writing)
                .await?;
            writing.commit().await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }
}

/// What became of an appeal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appealed {
    /// It is kept under this id.
    Kept(String),
    /// There is one about this attempt, with this id.
    Before(String),
    /// The learner waits for as many answers as they may.
    TooMany,
}

fn wanted(filter: &AppealFilter) -> Conditions {
    let answered = filter.answered.map(|answered| match answered {
        true => "appeals.answer IS NOT NULL",
        false => "appeals.answer IS NULL",
    });
    Conditions::default()
        .with("appeals.learner =", filter.learner.as_deref())
        .with("appeals.attempt =", filter.attempt.as_deref())
        .with("appeals.id <", filter.before.as_deref())
        .and(answered)
}

async fn refused(
    connection: &mut AnyConnection,
    new: &NewAppeal,
    most_open: i64,
) -> std::result::Result<Option<Appealed>, sqlx::Error> {
    let before = sqlx::query("SELECT id FROM appeals WHERE attempt = $1").bind(&new.attempt);
    if let Some(row) = before.fetch_optional(&mut *connection).await? {
        return Ok(Some(Appealed::Before(row.try_get("id")?)));
    }
    let open = sqlx::query("SELECT COUNT(*) AS waiting FROM appeals WHERE learner = $1 AND answer IS NULL");
    let open: i64 = open.bind(&new.learner).fetch_one(&mut *connection).await?.try_get("waiting")?;
    Ok((open >= most_open).then_some(Appealed::TooMany))
}

async fn insert(
    connection: &mut AnyConnection,
    id: &str,
    now: Moment,
    new: &NewAppeal,
) -> std::result::Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO appeals (id, attempt, learner, made_at, flow, finding, message)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(&new.attempt)
    .bind(&new.learner)
    .bind(now.millis())
    .bind(new.flow.as_deref())
    .bind(&new.finding)
    .bind(&new.message)
    .execute(connection)
    .await?;
    Ok(())
}

fn appeal(row: &AnyRow) -> std::result::Result<Appeal, sqlx::Error> {
    let answer = match row.try_get::<Option<String>, _>("answer")? {
        Some(answer) => Some((answer, moment(row, "answered_at")?)),
        None => None,
    };
    Ok(Appeal {
        id: row.try_get("id")?,
        lab: row.try_get("activity")?,
        made_at: moment(row, "made_at")?,
        said: NewAppeal {
            attempt: row.try_get("attempt")?,
            learner: row.try_get("learner")?,
            flow: row.try_get("flow")?,
            finding: row.try_get("finding")?,
            message: row.try_get("message")?,
        },
        answer,
    })
}
