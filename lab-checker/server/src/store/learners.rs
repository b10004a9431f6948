//! Learners: who takes the course.

use practice_cluster::ClusterId;
use rand::Rng;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::{
    Learner, NewLearner, Result, Secret, Store,
    learner::{COLUMNS, from_row},
    settings::put_setting,
    tokens::{self, Role},
};
use crate::clock::Moment;

/// What happens to one learner of a list.
#[derive(Debug, Clone)]
pub enum RosterChange {
    /// They come, with a token that does not expire.
    Added(NewLearner, Secret),
    /// The learner of this id has this name, address and student id now.
    Updated(String, NewLearner),
}

impl Store {
    /// Add a learner. An e-mail address and a student id belong to one learner only.
    pub async fn add_learner(&self, new: &NewLearner) -> Result<Learner> {
        self.enrol(new, &[]).await
    }

    /// Add a learner together with their first tokens, each with its end: all of it or nothing.
    pub async fn enrol(&self, new: &NewLearner, tokens: &[(Secret, Option<Moment>)]) -> Result<Learner> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            let learner = insert(&mut writing, new).await?;
            for (secret, until) in tokens {
                tokens::insert(&mut writing, secret, Role::Learner(&learner.id), *until).await?;
            }
            writing.commit().await?;
            Ok(learner)
        })
        .await
    }

    /// Bring the class in line with a list: all of it or nothing. The learners that were added, in order.
    pub async fn change_roster(&self, changes: &[RosterChange]) -> Result<Vec<Learner>> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            let mut added = Vec::new();
            for change in changes {
                match change {
                    RosterChange::Added(new, secret) => {
                        let learner = insert(&mut writing, new).await?;
                        tokens::insert(&mut writing, secret, Role::Learner(&learner.id), None).await?;
                        added.push(learner);
                    }
                    RosterChange::Updated(id, new) => update(&mut writing, id, new).await?,
                }
            }
            writing.commit().await?;
            Ok(added)
        })
        .await
    }

    /// The learner that a setting names; a new one of this name when there is none.
    pub async fn learner_of_setting(&self, setting: &str, name: &str) -> Result<Learner> {
        let known = self.setting(setting).await?.unwrap_or_default();
        if let Some(learner) = self.learner(&known).await? {
            return Ok(learner);
        }
        let new = NewLearner { name: name.to_owned(), ..NewLearner::default() };
        self.written(async {
            let mut writing = self.write.begin().await?;
            let learner = insert(&mut writing, &new).await?;
            put_setting(&mut writing, setting, &learner.id).await?;
            writing.commit().await?;
            Ok(learner)
        })
        .await
    }

    /// One learner.
    pub async fn learner(&self, id: &str) -> Result<Option<Learner>> {
        let sql = format!("SELECT {COLUMNS} FROM learners WHERE id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&self.read).await?;
        Ok(row.as_ref().map(from_row).transpose()?)
    }

    /// Every learner, by name.
    pub async fn learners(&self) -> Result<Vec<Learner>> {
        let sql = format!("SELECT {COLUMNS} FROM learners ORDER BY LOWER(name), id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.read).await?;
        Ok(rows.iter().map(from_row).collect::<std::result::Result<_, _>>()?)
    }
}

async fn insert(connection: &mut AnyConnection, new: &NewLearner) -> std::result::Result<Learner, sqlx::Error> {
    let learner = Learner {
        id: Uuid::new_v4().to_string(),
        name: new.name.clone(),
        email: new.email.clone(),
        student_id: new.student_id.clone(),
        cluster: ClusterId::random(),
        // PostgreSQL has no unsigned numbers; 63 bits are plenty.
        seed: rand::rng().next_u64() >> 1,
        enrolled_at: Moment::now(),
    };
    sqlx::query(
        "INSERT INTO learners (id, name, email, student_id, cluster, seed, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&learner.id)
    .bind(&learner.name)
    .bind(learner.email.as_deref())
    .bind(learner.student_id.as_deref())
    .bind(learner.cluster.as_str())
    .bind(learner.seed.cast_signed())
    .bind(learner.enrolled_at.millis())
    .execute(connection)
    .await?;
    Ok(learner)
}

async fn update(connection: &mut AnyConnection, id: &str, new: &NewLearner) -> std::result::Result<(), sqlx::Error> {
    sqlx::query("UPDATE learners SET name = $2, email = $3, student_id = $4 WHERE id = $1")
        .bind(id)
        .bind(&new.name)
        .bind(new.email.as_deref())
        .bind(new.student_id.as_deref())
        .execute(connection)
        .await?;
    Ok(())
}
