//! Signing in: with a token, which stays good, or with a code that a signed-in browser was given for one more place.

use sqlx::{AnyConnection, Row};

use super::{
    Learner, Result, Secret, Store,
    claimed::set_came,
    learner::{COLUMNS, from_row},
    tokens::{self, Role},
};
use crate::clock::Moment;

impl Store {
    /// Remember a code that signs a learner in once, until this moment.
    pub async fn allow_sign_in(&self, code: &Secret, learner: &str, until: Moment) -> Result<()> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            tokens::insert(&mut writing, code, Role::SignIn(learner), Some(until)).await?;
            writing.commit().await
        })
        .await
    }

    /// Sign a learner in with what they were given; they have this further token then, until its end. Nobody, when it
    /// was given to nobody or is used up.
    pub async fn sign_in(&self, given: &Secret, fresh: &Secret, until: Option<Moment>) -> Result<Option<Learner>> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            let Some((learner, role)) = found(&mut writing, given).await? else { return Ok(None) };
            if role == "sign-in" {
                let used = sqlx::query("DELETE FROM tokens WHERE hash = $1").bind(given.hash());
                if used.execute(&mut *writing).await?.rows_affected() == 0 {
                    return Ok(None);
                }
            }
            tokens::insert(&mut writing, fresh, Role::Learner(&learner.id), until).await?;
            set_came(&mut writing, &learner.id).await?;
            writing.commit().await?;
            Ok(Some(learner))
        })
        .await
    }
}

async fn found(
    connection: &mut AnyConnection,
    given: &Secret,
) -> std::result::Result<Option<(Learner, String)>, sqlx::Error> {
    let sql = format!(
        "SELECT tokens.role, {COLUMNS} FROM tokens JOIN learners ON learners.id = tokens.learner
         WHERE tokens.hash = $1 AND tokens.role IN ('learner', 'sign-in')
           AND (tokens.expires_at IS NULL OR tokens.expires_at > $2)"
    );
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(given.hash()).bind(Moment::now().millis());
    let Some(row) = query.fetch_optional(connection).await? else { return Ok(None) };
    Ok(Some((from_row(&row)?, row.try_get("role")?)))
}
