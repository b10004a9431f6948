//! Wrong guesses, counted for all servers on one database.

use sqlx::Row;

use super::{Result, Store};

/// How many guesses somebody has at once, and how soon the next ones.
#[derive(Debug, Clone, Copy)]
pub struct Guessing {
    /// So many at once.
    pub burst: i64,
    /// After so many milliseconds there is one more.
    pub every: i64,
}

impl Store {
    /// Count one wrong guess of this caller; when there were too many, it is not counted, and this is how many
    /// milliseconds they have to wait.
    ///
    /// Each guess moves the moment until which the caller's guesses count further away, and there are too many when it
    /// would be too far.
    pub async fn guess(&self, caller: &str, guessing: Guessing, now: i64) -> Result<Option<i64>> {
        let furthest = now + guessing.every * (guessing.burst - 1);
        self.written(async {
            let mut writing = self.write.begin().await?;
            sqlx::query("DELETE FROM guesses WHERE until <= $1").bind(now).execute(&mut *writing).await?;
            let counted = sqlx::query(
                "INSERT INTO guesses (caller, until) VALUES ($1, $2)
                 ON CONFLICT (caller) DO UPDATE SET until = guesses.until + $3 WHERE guesses.until <= $4",
            )
            .bind(caller)
            .bind(now + guessing.every)
            .bind(guessing.every)
            .bind(furthest)
            .execute(&mut *writing)
            .await?;
            let wait = match counted.rows_affected() {
                0 => {
                    let until = sqlx::query("SELECT until FROM guesses WHERE caller = $1").bind(caller);
                    Some(until.fetch_one(&mut *writing).await?.try_get::<i64, _>(0)? - furthest)
                }
                _ => None,
            };
            writing.commit().await?;
            Ok(wait)
        })
        .await
    }
}
