//! Tokens: what a program or a browser shows to be believed. Only their SHA-256 is stored, which is
//! enough because a token is 256 random bits, not a password that somebody chose.

use std::collections::HashSet;

use sqlx::{AnyConnection, Row};

use super::{
    Learner, Result, Secret, Store,
    columns::places,
    learner::{self, COLUMNS},
};
use crate::clock::Moment;

/// How many tokens one statement asks for.
const HASHES: usize = 500;

/// Who a token stands for.
#[derive(Debug, Clone)]
pub enum Principal {
    /// One learner.
    Learner(Learner),
    /// An instructor.
    Instructor,
}

impl Store {
    /// Remember a token of a learner.
    pub async fn allow_learner(&self, secret: &Secret, learner: &str, until: Option<Moment>) -> Result<()> {
        self.allow(secret, Role::Learner(learner), until).await
    }

    /// Remember an instructor token.
    pub async fn allow_instructor(&self, secret: &Secret, until: Option<Moment>) -> Result<()> {
        self.allow(secret, Role::Instructor, until).await
    }

    /// Whether there is an instructor token that does not expire.
    pub async fn has_instructor(&self) -> Result<bool> {
        let found = sqlx::query("SELECT 1 FROM tokens WHERE role = 'instructor' AND expires_at IS NULL");
        Ok(found.fetch_optional(&self.read).await?.is_some())
    }

    /// Remember the first instructor token, unless there is one that does not expire.
    pub async fn allow_first_instructor(&self, secret: &Secret) -> Result<bool> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            let done = sqlx::query(
                "INSERT INTO tokens (hash, role, learner, created_at, expires_at)
                 SELECT $1, 'instructor', NULL, $2, NULL
                 WHERE NOT EXISTS (SELECT 1 FROM tokens WHERE role = 'instructor' AND expires_at IS NULL)",
            )
            .bind(secret.hash())
            .bind(Moment::now().millis())
            .execute(&mut *writing)
            .await?;
            writing.commit().await?;
            Ok(done.rows_affected() == 1)
        })
        .await
    }

    /// Who this token stands for, if it is one and has not expired.
    pub async fn who(&self, secret: &Secret) -> Result<Option<Principal>> {
        let sql = format!(
            "SELECT tokens.role, {COLUMNS} FROM tokens LEFT JOIN learners ON learners.id = tokens.learner
             WHERE tokens.hash = $1 AND (tokens.expires_at IS NULL OR tokens.expires_at > $2)"
        );
        let found = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(secret.hash())
            .bind(Moment::now().millis())
            .fetch_optional(&self.read)
            .await?;
        let Some(row) = found else { return Ok(None) };
        match row.try_get::<String, _>("role")?.as_str() {
            "instructor" => Ok(Some(Principal::Instructor)),
            "learner" => Ok(Some(Principal::Learner(learner::from_row(&row)?))),
            _ => Ok(None),
        }
    }

    /// Those of these hashes that are of no token, or of one that has expired.
    pub(crate) async fn not_working(&self, hashes: &[String]) -> Result<Vec<String>> {
        let mut ended = Vec::new();
        for part in hashes.chunks(HASHES) {
            let values: Vec<String> = (2..part.len() + 2).map(|place| format!("${place}")).collect();
            let sql = format!(
                "SELECT hash FROM tokens WHERE hash IN ({}) AND (expires_at IS NULL OR expires_at > $1)",
                values.join(", ")
            );
            let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(Moment::now().millis());
            for hash in part {
                query = query.bind(hash);
            }
            let working: HashSet<String> = query.fetch_all(&self.read).await?.into_iter().collect();
            ended.extend(part.iter().filter(|hash| !working.contains(*hash)).cloned());
        }
        Ok(ended)
    }

    /// Forget a token (sign out), and the expired ones with it.
    pub async fn forget(&self, secret: &Secret) -> Result<()> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            sqlx::query("DELETE FROM tokens WHERE hash = $1 OR expires_at <= $2")
                .bind(secret.hash())
                .bind(Moment::now().millis())
                .execute(&mut *writing)
                .await?;
            writing.commit().await
        })
        .await
    }

    /// Forget every token and session of a learner, who has this one from now on.
    pub async fn renew_token(&self, learner: &str, secret: &Secret) -> Result<()> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            // A kubeconfig that is given out at this moment is one of the old ones.
            lock(&mut writing, learner).await?;
            sqlx::query("DELETE FROM tokens WHERE learner = $1").bind(learner).execute(&mut *writing).await?;
            insert(&mut writing, secret, Role::Learner(learner), None).await?;
            writing.commit().await
        })
        .await
    }

    /// The same for several learners at once: all of it or nothing.
    pub async fn renew_tokens(&self, fresh: &[(&str, &Secret)]) -> Result<()> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            for (learner, secret) in fresh {
                sqlx::query("DELETE FROM tokens WHERE learner = $1").bind(*learner).execute(&mut *writing).await?;
                insert(&mut writing, secret, Role::Learner(learner), None).await?;
            }
            writing.commit().await
        })
        .await
    }

    async fn allow(&self, secret: &Secret, role: Role<'_>, until: Option<Moment>) -> Result<()> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            insert(&mut writing, secret, role, until).await?;
            writing.commit().await
        })
        .await
    }
}

/// Whose a token is.
#[derive(Clone, Copy)]
pub(super) enum Role<'a> {
    /// The learner's with this id.
    Learner(&'a str),
    /// The learner's with this id, for signing in once, and for nothing else.
    SignIn(&'a str),
    Instructor,
    /// It opens the cluster of the learner with this id, and nothing else.
    Cluster(&'a str),
}

impl<'a> Role<'a> {
    /// The columns `role` and `learner`.
    const fn columns(self) -> (&'static str, Option<&'a str>) {
        match self {
            Self::Learner(learner) => ("learner", Some(learner)),
            Self::SignIn(learner) => ("sign-in", Some(learner)),
            Self::Instructor => ("instructor", None),
            Self::Cluster(learner) => ("cluster", Some(learner)),
        }
    }
}

/// Remember tokens that do not expire.
pub(super) async fn insert_all<'a>(
    connection: &mut AnyConnection,
    tokens: impl ExactSizeIterator<Item = (&'a Secret, Role<'a>)>,
) -> std::result::Result<(), sqlx::Error> {
    let places = places(tokens.len(), 4);
    let sql = format!("INSERT INTO tokens (hash, role, learner, created_at) VALUES {places}");
    let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
    let now = Moment::now().millis();
    for (secret, role) in tokens {
        let (role, learner) = role.columns();
        query = query.bind(secret.hash()).bind(role).bind(learner).bind(now);
    }
    query.execute(connection).await?;
    Ok(())
}

pub(super) async fn insert(
    connection: &mut AnyConnection,
    secret: &Secret,
    role: Role<'_>,
    until: Option<Moment>,
) -> std::result::Result<(), sqlx::Error> {
    let (role, learner) = role.columns();
    sqlx::query("INSERT INTO tokens (hash, role, learner, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(secret.hash())
        .bind(role)
        .bind(learner)
        .bind(Moment::now().millis())
        .bind(until.map(Moment::millis))
        .execute(connection)
        .await?;
    Ok(())
}

/// Have whoever else changes the tokens of a learner wait until this transaction has ended.
pub(super) async fn lock(connection: &mut AnyConnection, learner: &str) -> std::result::Result<(), sqlx::Error> {
    sqlx::query("UPDATE learners SET name = name WHERE id = $1").bind(learner).execute(connection).await?;
    Ok(())
}
