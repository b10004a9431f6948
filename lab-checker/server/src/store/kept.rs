//! What many submissions are told against, kept beside them.

use serde_json::Value;
use sqlx::Row;

use super::{
    Result, Store,
    content::{Content, inflated, insert},
};

impl Store {
    /// Keep what many submissions are told against; gives the hash that it is found under.
    pub async fn keep(&self, value: &Value) -> Result<String> {
        let content = Content::of(value).map_err(sqlx::Error::Io)?;
        self.written(async {
            let mut writing = self.write.begin().await?;
            insert(&mut writing, &[&content]).await?;
            writing.commit().await
        })
        .await?;
        Ok(content.hash)
    }

    /// What is kept under a hash.
    pub async fn kept(&self, hash: &str) -> Result<Option<Value>> {
        let row = sqlx::query("SELECT content FROM submissions WHERE hash = $1").bind(hash);
        let row = row.fetch_optional(&self.read).await?;
        Ok(row.map(|row| inflated(row.try_get("content")?)).transpose()?)
    }
}
