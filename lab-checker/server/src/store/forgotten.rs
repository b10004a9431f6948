//! A learner who is deleted, with all that is theirs.

use sqlx::{AnyConnection, Row};

use super::{Result, Store};

/// What belongs to a learner, in an order in which nothing is left that points to what is gone.
const THEIRS: [&str; 8] = [
    // How far a job has come is the id of a learner who is there: the one before.
    "UPDATE regrade_jobs SET learner = COALESCE((SELECT MAX(id) FROM learners WHERE id < $1), '') WHERE learner = $1",
    "DELETE FROM regrade_notices WHERE learner = $1",
    "DELETE FROM regrade_changes WHERE learner = $1 OR attempt IN (SELECT id FROM attempts WHERE learner = $1)",
    "DELETE FROM regrades WHERE attempt IN (SELECT id FROM attempts WHERE learner = $1)",
    "DELETE FROM appeals WHERE learner = $1 OR attempt IN (SELECT id FROM attempts WHERE learner = $1)",
    "DELETE FROM drafts WHERE learner = $1",
    "DELETE FROM tokens WHERE learner = $1",
    "DELETE FROM attempts WHERE learner = $1",
];

impl Store {
    /// Delete a learner, with their attempts, drafts, appeals, tokens and sessions: all of it or nothing. How many
    /// attempts there were; `None` when there is no such learner. The record of what instructors did stays: it names
    /// nobody, and has no more than their id.
    pub async fn delete_learner(&self, learner: &str) -> Result<Option<u64>> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            keep_out(&mut writing, learner).await?;
            let handed_in = handed_in(&mut writing, learner).await?;
            let mut attempts = 0;
            for statement in THEIRS {
                attempts = sqlx::query(statement).bind(learner).execute(&mut *writing).await?.rows_affected();
            }
            for hash in handed_in {
                // Others may have handed in the same.
                let unused = "DELETE FROM submissions WHERE hash = $1
                              AND NOT EXISTS (SELECT 1 FROM attempts WHERE content = $1)";
                sqlx::query(unused).bind(hash).execute(&mut *writing).await?;
            }
            let deleted =
                sqlx::query("DELETE FROM learners WHERE id = $1").bind(learner).execute(&mut *writing).await?;
            writing.commit().await?;
            Ok((deleted.rows_affected() == 1).then_some(attempts))
        })
        .await
    }
}

/// Have nothing new of theirs come meanwhile: what is written with their id waits, and is refused then. SQLite lets one
/// in at a time.
async fn keep_out(connection: &mut AnyConnection, learner: &str) -> std::result::Result<(), sqlx::Error> {
    // Whoever grades again begins with its job, too.
    sqlx::query("UPDATE regrade_jobs SET seen_at = seen_at WHERE state IN ('running', 'stopped')")
        .execute(&mut *connection)
        .await?;
    if connection.backend_name() == "PostgreSQL" {
        let theirs = sqlx::query("SELECT 1 FROM learners WHERE id = $1 FOR UPDATE").bind(learner);
        theirs.fetch_optional(connection).await?;
    }
    Ok(())
}

async fn handed_in(connection: &mut AnyConnection, learner: &str) -> std::result::Result<Vec<String>, sqlx::Error> {
    let all = sqlx::query("SELECT DISTINCT content FROM attempts WHERE learner = $1 AND content IS NOT NULL");
    all.bind(learner).fetch_all(connection).await?.iter().map(|row| row.try_get("content")).collect()
}
