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

fn best_of(learner: &str, activity: &Activity, how: &str) -> Query<'static, Any, AnyArguments> {
    let sql =
        format!("{how} SELECT MAX(points) AS points FROM results WHERE learner = $1 AND kind = $2 AND activity = $3");
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
        let row = best_of(learner, activity, "").fetch_one(&self.read).await?;
        Ok(row.try_get::<Option<f64>, _>("points")?.map(|points| points + 0.0))
    }

    /// How the database finds a learner's best points, in its own words.
    pub async fn plan_of_best(&self, learner: &str, activity: &Activity) -> Result<Vec<String>> {
        self.plan_of(|how| best_of(learner, activity, how)).await
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
