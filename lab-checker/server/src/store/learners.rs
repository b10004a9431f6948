//! Learners: who takes the course.

use std::collections::{BTreeSet, HashMap};

use practice_cluster::ClusterId;
use rand::Rng;
use sqlx::AnyConnection;
use uuid::Uuid;

use super::{
    Learner, NewLearner, Result, RosterEntry, Secret, Store,
    columns::places,
    learner::{COLUMNS, from_row},
    settings::put_setting,
    tokens::{self, Role},
};
use crate::clock::Moment;

/// How many learners of a list one statement inserts.
const ROWS: usize = 100;

/// What happens to one learner of a list.
#[derive(Debug, Clone)]
pub enum RosterChange {
    /// They come, with a token that does not expire.
    Added(RosterEntry, Secret),
    /// The learner of this id has this name, address, student id and group now.
    Updated(String, RosterEntry),
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
        let updated = || {
            changes.iter().filter_map(|change| match change {
                RosterChange::Updated(id, new) => Some((id, new)),
                RosterChange::Added(..) => None,
            })
        };
        let added = changes.iter().filter_map(|change| match change {
            RosterChange::Added(entry, secret) => Some((fresh_entry(entry), secret)),
            RosterChange::Updated(..) => None,
        });
        let added: Vec<(Learner, &Secret)> = added.collect();
        self.written(async {
            let mut writing = self.write.begin().await?;
            // First everybody lets go: a list may give one learner's address to another.
            for (id, entry) in updated() {
                let name = entry.who.name.clone();
                let who = NewLearner { name, ..NewLearner::default() };
                update(&mut writing, id, &RosterEntry { who, ..entry.clone() }).await?;
            }
            for (id, entry) in updated() {
                update(&mut writing, id, entry).await?;
            }
            for part in added.chunks(ROWS) {
                insert_all(&mut writing, part.iter().map(|(learner, _)| learner)).await?;
                let tokens = part.iter().map(|(learner, secret)| (*secret, Role::Learner(&learner.id)));
                tokens::insert_all(&mut writing, tokens).await?;
            }
            writing.commit().await
        })
        .await?;
        Ok(added.into_iter().map(|(learner, _)| learner).collect())
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

    /// Those of these learners who are there, by their ids; asked for at once, however many they are.
    pub async fn learners_among(&self, ids: &BTreeSet<&str>) -> Result<HashMap<String, Learner>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let sql = format!("SELECT {COLUMNS} FROM learners WHERE id IN {}", places(1, ids.len()));
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
        for id in ids {
            query = query.bind(*id);
        }
        let rows = query.fetch_all(&self.read).await?;
        let learners = rows.iter().map(|row| from_row(row).map(|learner| (learner.id.clone(), learner)));
        Ok(learners.collect::<std::result::Result<_, _>>()?)
    }

    /// Every learner, by name.
    pub async fn learners(&self) -> Result<Vec<Learner>> {
        let sql = format!("SELECT {COLUMNS} FROM learners ORDER BY LOWER(name), id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.read).await?;
        Ok(rows.iter().map(from_row).collect::<std::result::Result<_, _>>()?)
    }
}

/// A learner as they will be stored.
fn fresh(new: &NewLearner) -> Learner {
    Learner {
        id: Uuid::new_v4().to_string(),
        name: new.name.clone(),
        email: new.email.clone(),
        student_id: new.student_id.clone(),
        cluster: ClusterId::random(),
        // PostgreSQL has no unsigned numbers; 63 bits are plenty.
        seed: rand::rng().next_u64() >> 1,
        enrolled_at: Moment::now(),
        is_listed: false,
        group: None,
        came_at: None,
        refused_email: None,
    }
}

fn fresh_entry(entry: &RosterEntry) -> Learner {
    Learner { is_listed: true, group: entry.group.clone(), ..fresh(&entry.who) }
}

async fn insert(connection: &mut AnyConnection, new: &NewLearner) -> std::result::Result<Learner, sqlx::Error> {
    let learner = fresh(new);
    insert_all(connection, std::iter::once(&learner)).await?;
    Ok(learner)
}

async fn insert_all<'a>(
    connection: &mut AnyConnection,
    learners: impl ExactSizeIterator<Item = &'a Learner>,
) -> std::result::Result<(), sqlx::Error> {
    let places = places(learners.len(), 9);
    let sql = format!(
        "INSERT INTO learners (id, name, email, student_id, cluster, seed, created_at, listed, class_group)
         VALUES {places}"
    );
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
    for learner in learners {
        query = query
            .bind(&learner.id)
            .bind(&learner.name)
            .bind(learner.email.as_deref())
            .bind(learner.student_id.as_deref())
            .bind(learner.cluster.as_str())
            .bind(learner.seed.cast_signed())
            .bind(learner.enrolled_at.millis())
            .bind(i64::from(learner.is_listed))
            .bind(learner.group.as_deref());
    }
    query.execute(connection).await?;
    Ok(())
}

pub(super) async fn update(
    connection: &mut AnyConnection,
    id: &str,
    entry: &RosterEntry,
) -> std::result::Result<(), sqlx::Error> {
    let RosterEntry { who, group } = entry;
    sqlx::query(
        "UPDATE learners SET name = $2, email = $3, student_id = $4, class_group = $5, listed = 1 WHERE id = $1",
    )
    .bind(id)
    .bind(&who.name)
    .bind(who.email.as_deref())
    .bind(who.student_id.as_deref())
    .bind(group.as_deref())
    .execute(connection)
    .await?;
    Ok(())
}
