//! Texts of a lab's editor beside its draft: what was applied last, as it was typed, and one that was put aside.

use sqlx::{Any, Row, any::AnyArguments, query::Query};

use super::{Result, Store};

/// The texts of an editor that are no draft.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnWords {
    /// What was applied last.
    pub applied: Option<String>,
    /// What was put aside, by a reset or for another text.
    pub aside: Option<String>,
}

impl Store {
    /// A learner's texts for a lab.
    pub async fn own_words(&self, learner: &str, lab: &str) -> Result<OwnWords> {
        let mut reading = self.read.acquire().await?;
        let row = sqlx::query("SELECT applied, aside FROM drafts WHERE learner = $1 AND lab = $2");
        let row = row.bind(learner).bind(lab).fetch_optional(&mut *reading).await?;
        let words = row.map(|row| -> std::result::Result<OwnWords, sqlx::Error> {
            Ok(OwnWords { applied: row.try_get("applied")?, aside: row.try_get("aside")? })
        });
        Ok(words.transpose()?.unwrap_or_default())
    }

    /// Keep what was applied; nothing of it is left without a text.
    pub async fn keep_applied(&self, learner: &str, lab: &str, text: Option<&str>) -> Result<()> {
        let query = "INSERT INTO drafts (learner, lab, version, changed_at, applied) VALUES ($1, $2, 0, 0, $3)
                     ON CONFLICT (learner, lab) DO UPDATE SET applied = excluded.applied";
        self.put(sqlx::query(query).bind(learner).bind(lab).bind(text)).await
    }

    /// Put a text aside, in the place of one that was there; nothing is left aside without a text.
    pub async fn put_aside(&self, learner: &str, lab: &str, text: Option<&str>) -> Result<()> {
        let query = "INSERT INTO drafts (learner, lab, version, changed_at, aside) VALUES ($1, $2, 0, 0, $3)
                     ON CONFLICT (learner, lab) DO UPDATE SET aside = excluded.aside";
        self.put(sqlx::query(query).bind(learner).bind(lab).bind(text)).await
    }

    async fn put(&self, query: Query<'_, Any, AnyArguments>) -> Result<()> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            query.execute(&mut *writing).await?;
            writing.commit().await
        })
        .await
    }
}
