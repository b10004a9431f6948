//! Settings of this installation, made by itself: the join code, the local learner.

use sqlx::{AnyConnection, Row};

use super::{Result, Store};

/// The setting that holds the join code.
pub const JOIN_CODE: &str = "join-code";

impl Store {
    /// What learners enter to enrol; empty when it was revoked.
    pub async fn join_code(&self) -> Result<String> {
        Ok(self.setting(JOIN_CODE).await?.unwrap_or_default())
    }

    /// A value that was set once for this installation, or `fresh`, which is then set.
    pub async fn setting_or(&self, name: &str, fresh: &str) -> Result<String> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            sqlx::query("INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
                .bind(name)
                .bind(fresh)
                .execute(&mut *writing)
                .await?;
            let row = sqlx::query("SELECT value FROM settings WHERE name = $1").bind(name);
            let value = row.fetch_one(&mut *writing).await?.try_get(0)?;
            writing.commit().await?;
            Ok(value)
        })
        .await
    }

    /// A setting, when it is set.
    pub async fn setting(&self, name: &str) -> Result<Option<String>> {
        let row = sqlx::query("SELECT value FROM settings WHERE name = $1").bind(name);
        Ok(row.fetch_optional(&self.read).await?.map(|row| row.try_get(0)).transpose()?)
    }

    /// Replace a setting.
    pub async fn set(&self, name: &str, value: &str) -> Result<()> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            put_setting(&mut writing, name, value).await?;
            writing.commit().await
        })
        .await
    }
}

/// Set a setting, in a transaction that does more.
pub(super) async fn put_setting(
    connection: &mut AnyConnection,
    name: &str,
    value: &str,
) -> std::result::Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name)
    .bind(value)
    .execute(connection)
    .await?;
    Ok(())
}
