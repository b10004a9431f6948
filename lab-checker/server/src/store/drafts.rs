//! Drafts: what a learner has typed in a lab's editor and not handed in. One for each learner and lab, and each write
//! says which version it is based on, so that two tabs never overwrite each other without noticing.

use sqlx::{AnyConnection, Row, any::AnyRow};

use super::{Result, Store, columns::moment};
use crate::clock::Moment;

/// What a learner has typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// As they typed it.
    pub text: String,
    /// From 1, and higher with each write.
    pub version: i64,
    /// When it was written last.
    pub changed_at: Moment,
}

/// What came of writing a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftWrite {
    /// It is stored, like this.
    Kept(Draft),
    /// It is based on another version than the one that is stored, which is this; nothing was written.
    Outdated(Option<Draft>),
}

type Written<T> = std::result::Result<T, sqlx::Error>;

impl Store {
    /// A learner's draft for a lab.
    pub async fn draft(&self, learner: &str, lab: &str) -> Result<Option<Draft>> {
        let mut reading = self.read.acquire().await?;
        Ok(stored(&mut reading, learner, lab).await?)
    }

    /// Write a draft on top of this version of it; 0 when there was none.
    pub async fn write_draft(&self, learner: &str, lab: &str, text: &str, base: i64) -> Result<DraftWrite> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            let now = Moment::now();
            let mut version = replace(&mut writing, learner, lab, text, base, now).await?;
            if version.is_none() && base == 0 {
                version = insert(&mut writing, learner, lab, text, now).await?;
            }
            let Some(version) = version else {
                let there = stored(&mut writing, learner, lab).await?;
                writing.abandon().await?;
                return Ok(DraftWrite::Outdated(there));
            };
            writing.commit().await?;
            Ok(DraftWrite::Kept(Draft { text: text.to_owned(), version, changed_at: now }))
        })
        .await
    }

    /// Throw a draft away. Its versions are not given out again.
    pub async fn forget_draft(&self, learner: &str, lab: &str) -> Result<()> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            sqlx::query(
                "UPDATE drafts SET text = NULL, version = version + 1, changed_at = $3
                 WHERE learner = $1 AND lab = $2 AND text IS NOT NULL",
            )
            .bind(learner)
            .bind(lab)
            .bind(Moment::now().millis())
            .execute(&mut *writing)
            .await?;
            writing.commit().await
        })
        .await
    }
}

async fn stored(connection: &mut AnyConnection, learner: &str, lab: &str) -> Written<Option<Draft>> {
    let row = sqlx::query(
        "SELECT text, version, changed_at FROM drafts WHERE learner = $1 AND lab = $2 AND text IS NOT NULL",
    );
    let row = row.bind(learner).bind(lab).fetch_optional(connection).await?;
    row.as_ref().map(from_row).transpose()
}

fn from_row(row: &AnyRow) -> Written<Draft> {
    Ok(Draft { text: row.try_get("text")?, version: row.try_get("version")?, changed_at: moment(row, "changed_at")? })
}

/// The version of a draft that stood there as `base` says, and now says this.
async fn replace(
    connection: &mut AnyConnection,
    learner: &str,
    lab: &str,
    text: &str,
    base: i64,
    now: Moment,
) -> Written<Option<i64>> {
    let row = sqlx::query(
        "UPDATE drafts SET text = $3, version = version + 1, changed_at = $4
         WHERE learner = $1 AND lab = $2
           AND ((text IS NOT NULL AND version = $5) OR (text IS NULL AND CAST($5 AS BIGINT) = 0))
         RETURNING version",
    );
    let row = row.bind(learner).bind(lab).bind(text).bind(now.millis()).bind(base);
    row.fetch_optional(connection).await?.map(|row| row.try_get(0)).transpose()
}

/// The version of a draft where there was none; nothing when somebody else was quicker.
async fn insert(
    connection: &mut AnyConnection,
    learner: &str,
    lab: &str,
    text: &str,
    now: Moment,
) -> Written<Option<i64>> {
    let row = sqlx::query(
        "INSERT INTO drafts (learner, lab, text, version, changed_at) VALUES ($1, $2, $3, 1, $4)
         ON CONFLICT (learner, lab) DO NOTHING RETURNING version",
    );
    let row = row.bind(learner).bind(lab).bind(text).bind(now.millis());
    row.fetch_optional(connection).await?.map(|row| row.try_get(0)).transpose()
}
