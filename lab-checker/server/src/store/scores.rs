//! Scores: computed from attempts each time, never kept. The best attempt counts.

use sqlx::{
    Any, Row,
    any::{AnyArguments, AnyRow},
    query::Query,
};

use super::{
    Result, Store,
    columns::{activity_of, moment, points},
};
use crate::{
    activity::{self, Activity},
    clock::Moment,
};

/// What one learner's attempts at one activity come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Best {
    /// Whose.
    pub learner: String,
    /// At what.
    pub activity: Activity,
    /// The most points of any attempt.
    pub points: f64,
    /// Whether any attempt was right throughout.
    pub passed: bool,
    /// How many attempts.
    pub attempts: i64,
    /// When the last one was.
    pub last: Moment,
}

const BEST: &str = "SELECT learner, kind, activity, MAX(points) AS points, MAX(passed) AS passed,
                           COUNT(*) AS attempts, MAX(submitted_at) AS last FROM results";

fn best(row: &AnyRow) -> std::result::Result<Best, sqlx::Error> {
    Ok(Best {
        learner: row.try_get("learner")?,
        activity: activity_of(row)?,
        points: points(row, "points")?,
        passed: row.try_get::<i64, _>("passed")? != 0,
        attempts: row.try_get("attempts")?,
        last: moment(row, "last")?,
    })
}

/// The best of the grades that a learner's attempts were given first, which an index knows; and whether any attempt of the
/// class was graded again, so that it is not known by that.
const BEST_AT_FIRST: &str = "SELECT
    (SELECT MAX(points) FROM attempts WHERE learner = $1 AND kind = $2 AND activity = $3) AS points,
    CAST(CASE WHEN EXISTS (SELECT 1 FROM regrades) THEN 1 ELSE 0 END AS BIGINT) AS is_regraded";
const BEST_NOW: &str = "SELECT MAX(points) AS points FROM results WHERE learner = $1 AND kind = $2 AND activity = $3";

fn best_of(learner: &str, activity: &Activity, sql: String) -> Query<'static, Any, AnyArguments> {
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(learner.to_owned())
        .bind(activity::word(activity.kind))
        .bind(activity.name.clone())
}

impl Store {
    /// One learner's scores.
    pub async fn scores_of(&self, learner: &str) -> Result<Vec<Best>> {
        let sql = format!("{BEST} WHERE learner = $1 GROUP BY learner, kind, activity");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(learner).fetch_all(&self.read).await?;
        Ok(rows.iter().map(best).collect::<std::result::Result<_, _>>()?)
    }

    /// A learner's best points at one activity, if they tried it.
    pub async fn best(&self, learner: &str, activity: &Activity) -> Result<Option<f64>> {
        let ask = |sql: &str| best_of(learner, activity, sql.to_owned()).fetch_one(&self.read);
        let mut row = ask(BEST_AT_FIRST).await?;
        if row.try_get::<i64, _>("is_regraded")? != 0 {
            row = ask(BEST_NOW).await?;
        }
        Ok(row.try_get::<Option<f64>, _>("points")?.map(|points| points + 0.0))
    }

    /// How the database finds a learner's best points, in its own words: where nobody was graded again, and where
    /// somebody was.
    pub async fn plans_of_best(&self, learner: &str, activity: &Activity) -> Result<[Vec<String>; 2]> {
        let plan = |sql: &'static str| self.plan_of(move |how| best_of(learner, activity, format!("{how} {sql}")));
        Ok([plan(BEST_AT_FIRST).await?, plan(BEST_NOW).await?])
    }

    /// Whether any of a learner's attempts at an activity was right throughout.
    pub async fn has_passed(&self, learner: &str, activity: &Activity) -> Result<bool> {
        let row = sqlx::query(
            "SELECT COUNT(*) AS passed FROM results WHERE learner = $1 AND kind = $2 AND activity = $3 AND passed = 1",
        )
        .bind(learner)
        .bind(activity::word(activity.kind))
        .bind(&activity.name)
        .fetch_one(&self.read)
        .await?;
        Ok(row.try_get::<i64, _>("passed")? > 0)
    }

    /// When a learner first passed each activity that is passed as it is graded now.
    pub async fn passed_by(&self, learner: &str) -> Result<Vec<(Activity, Moment)>> {
        let rows = sqlx::query(
            "SELECT kind, activity, MIN(submitted_at) AS since FROM results
             WHERE learner = $1 AND passed = 1 GROUP BY kind, activity",
        )
        .bind(learner)
        .fetch_all(&self.read)
        .await?;
        let passed = rows.iter().map(|row| Ok((activity_of(row)?, moment(row, "since")?)));
        Ok(passed.collect::<std::result::Result<_, sqlx::Error>>()?)
    }

    /// Everybody's scores.
    pub async fn scores(&self) -> Result<Vec<Best>> {
        let sql = format!("{BEST} GROUP BY learner, kind, activity");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.read).await?;
        Ok(rows.iter().map(best).collect::<std::result::Result<_, _>>()?)
    }
}
