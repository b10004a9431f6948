//! Instructor tokens, which do not expire, and the sessions that browsers got for them, which do.

use sha2::{Digest, Sha256};
use sqlx::Row;

use super::{Result, Secret, Store, columns::moment, tokens};
use crate::clock::Moment;

/// An instructor token, as far as anybody may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstructorToken {
    /// Names it in commands; tells nothing of the token.
    pub id: String,
    /// What it is for, if somebody said so.
    pub label: Option<String>,
    /// Since when.
    pub issued_at: Moment,
    hash: String,
}

impl InstructorToken {
    /// Whether this is the token.
    #[must_use]
    pub fn is(&self, secret: &Secret) -> bool {
        self.hash == secret.hash()
    }
}

/// Eight digits that name a token.
pub(super) fn id_of(hash: &str) -> String {
    Sha256::digest(hash.as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

impl Store {
    /// Every instructor token, the oldest first.
    pub async fn instructor_tokens(&self) -> Result<Vec<InstructorToken>> {
        let rows = sqlx::query(
            "SELECT hash, label, created_at FROM tokens WHERE role = 'instructor' AND expires_at IS NULL
             ORDER BY created_at, hash",
        )
        .fetch_all(&self.read)
        .await?;
        let tokens = rows.iter().map(|row| {
            let hash: String = row.try_get("hash")?;
            let (label, issued_at) = (row.try_get("label")?, moment(row, "created_at")?);
            Ok(InstructorToken { id: id_of(&hash), label, issued_at, hash })
        });
        Ok(tokens.collect::<std::result::Result<_, sqlx::Error>>()?)
    }

    /// Remember an instructor token, with what it is for.
    pub async fn issue_instructor(&self, secret: &Secret, label: Option<&str>) -> Result<()> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            tokens::insert(&mut writing, secret, tokens::Role::Instructor, None).await?;
            sqlx::query("UPDATE tokens SET label = $2 WHERE hash = $1")
                .bind(secret.hash())
                .bind(label)
                .execute(&mut *writing)
                .await?;
            writing.commit().await
        })
        .await
    }

    /// Remember a session that was got for an instructor token.
    pub async fn allow_instructor_session(&self, session: &Secret, token: &Secret, until: Moment) -> Result<()> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            tokens::insert(&mut writing, session, tokens::Role::Instructor, Some(until)).await?;
            sqlx::query(
                "UPDATE tokens SET signed_in_with = $2, label = (SELECT label FROM tokens WHERE hash = $3)
                 WHERE hash = $1",
            )
            .bind(session.hash())
            .bind(id_of(&token.hash()))
            .bind(token.hash())
            .execute(&mut *writing)
            .await?;
            writing.commit().await
        })
        .await
    }

    /// Forget an instructor token, and every instructor's session with it: no session says which token it was got
    /// for.
    pub async fn revoke_instructor(&self, token: &InstructorToken) -> Result<()> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            sqlx::query("DELETE FROM tokens WHERE hash = $1 OR (role = 'instructor' AND expires_at IS NOT NULL)")
                .bind(&token.hash)
                .execute(&mut *writing)
                .await?;
            writing.commit().await
        })
        .await
    }
}
