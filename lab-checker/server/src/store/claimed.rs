//! One person twice: an entry of the list, and somebody who joined with the code and says that its address is theirs.
//! An instructor makes them one, or refuses.

use sqlx::AnyConnection;

use super::{
    Learner, NewLearner, Result, RosterEntry, Store,
    learner::{COLUMNS, from_row},
    learners::update,
};
use crate::clock::Moment;

/// The learner who joined, and the entry of the list.
type Pair = (Learner, Learner);

impl Store {
    /// Who joined with an address that stands on the list.
    pub async fn claims(&self) -> Result<Vec<Learner>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM learners JOIN learners AS entry ON entry.email = learners.email AND entry.listed = 1
             WHERE learners.listed = 0 ORDER BY LOWER(learners.name), learners.id"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.read).await?;
        Ok(rows.iter().map(from_row).collect::<std::result::Result<_, _>>()?)
    }

    /// The entry of the list that has this address.
    pub async fn entry_of(&self, email: &str) -> Result<Option<Learner>> {
        let sql = format!("SELECT {COLUMNS} FROM learners WHERE email = $1 AND listed = 1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(email).fetch_optional(&self.read).await?;
        Ok(row.as_ref().map(from_row).transpose()?)
    }

    /// Make the two one: who joined is the entry of the list from now on, with what both have handed in and with the
    /// tokens of both. The entry as it was, which is nobody now; nothing when there were not two.
    pub async fn merge_claim(&self, joined: &str) -> Result<Option<Learner>> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            let Some((joined, entry)) = pair(&mut writing, joined).await? else { return Ok(None) };
            take_over(&mut writing, &joined.id, &entry.id).await?;
            let Learner { name, email, student_id, group, .. } = entry.clone();
            let line = RosterEntry { who: NewLearner { name, email, student_id }, group };
            update(&mut writing, &joined.id, &line).await?;
            set_came(&mut writing, &joined.id).await?;
            writing.commit().await?;
            Ok(Some(entry))
        })
        .await
    }

    /// Do not accept the address as theirs who joined with it. Whether there were two.
    pub async fn refuse_claim(&self, joined: &str) -> Result<bool> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            let Some((joined, _)) = pair(&mut writing, joined).await? else { return Ok(false) };
            sqlx::query("UPDATE learners SET refused_email = email, email = NULL WHERE id = $1")
                .bind(&joined.id)
                .execute(&mut *writing)
                .await?;
            writing.commit().await?;
            Ok(true)
        })
        .await
    }
}

async fn pair(connection: &mut AnyConnection, joined: &str) -> std::result::Result<Option<Pair>, sqlx::Error> {
    let sql = format!("SELECT {COLUMNS} FROM learners WHERE id = $1 AND listed = 0");
    let joined = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(joined).fetch_optional(&mut *connection).await?;
    let Some(joined) = joined.as_ref().map(from_row).transpose()? else { return Ok(None) };
    let sql = format!("SELECT {COLUMNS} FROM learners WHERE email = $1 AND listed = 1");
    let entry = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(joined.email.as_deref()).fetch_optional(connection).await?;
    Ok(entry.as_ref().map(from_row).transpose()?.map(|entry| (joined, entry)))
}

/// Whatever belongs to the one belongs to the other, who is not there any more.
async fn take_over(connection: &mut AnyConnection, to: &str, from: &str) -> std::result::Result<(), sqlx::Error> {
    let both = [
        "DELETE FROM drafts WHERE learner = $2 AND lab IN (SELECT lab FROM drafts WHERE learner = $1)",
        "UPDATE drafts SET learner = $1 WHERE learner = $2",
        "UPDATE appeals SET learner = $1 WHERE learner = $2",
        "UPDATE attempts SET learner = $1 WHERE learner = $2",
        "UPDATE tokens SET learner = $1 WHERE learner = $2",
        "UPDATE regrade_changes SET learner = $1 WHERE learner = $2",
        // What both would be told of one activity is told again by the next look.
        "DELETE FROM regrade_notices AS theirs WHERE learner = $2 AND EXISTS (
             SELECT 1 FROM regrade_notices AS ours WHERE ours.learner = $1 AND ours.job = theirs.job
             AND ours.kind = theirs.kind AND ours.activity = theirs.activity)",
        "UPDATE regrade_notices SET learner = $1 WHERE learner = $2",
    ];
    for statement in both {
        sqlx::query(statement).bind(to).bind(from).execute(&mut *connection).await?;
    }
    sqlx::query("DELETE FROM learners WHERE id = $1").bind(from).execute(connection).await?;
    Ok(())
}

/// Their invitation is used, unless it was before.
pub(super) async fn set_came(connection: &mut AnyConnection, learner: &str) -> std::result::Result<(), sqlx::Error> {
    sqlx::query("UPDATE learners SET came_at = $2 WHERE id = $1 AND came_at IS NULL")
        .bind(learner)
        .bind(Moment::now().millis())
        .execute(connection)
        .await?;
    Ok(())
}
