//! What instructors did: who, what, when. Rows are only ever added.

use sqlx::{Row, any::AnyRow};
use uuid::Uuid;

use super::{Result, Secret, Store, columns::moment, instructors::id_of};
use crate::clock::Moment;

/// Who stands for the command on the server's machine.
pub const THIS_MACHINE: &str = "this machine";

/// What somebody did.
#[derive(Debug, Clone, Copy)]
pub struct NewAuditEntry<'a> {
    /// In words.
    pub action: &'a str,
    /// To what: the path of a request, the id of a token.
    pub object: Option<&'a str>,
    /// How a request was answered.
    pub status: Option<u16>,
    /// The request's id, as the logs have it.
    pub request: Option<&'a str>,
}

/// What somebody did, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Sorts by time.
    pub id: String,
    /// When.
    pub at: Moment,
    /// The id of the instructor token that they came with, or [`THIS_MACHINE`].
    pub who: String,
    /// What the token was for then, if somebody said so.
    pub label: Option<String>,
    /// What they did, in words.
    pub action: String,
    /// To what.
    pub object: Option<String>,
    /// How the request was answered.
    pub status: Option<u16>,
    /// The request's id.
    pub request: Option<String>,
}

impl Store {
    /// Write down what an instructor did who came with this token, or with a session that was got for one.
    pub async fn audit_of_instructor(&self, secret: &Secret, entry: &NewAuditEntry<'_>) -> Result<()> {
        let hash = secret.hash();
        let row = sqlx::query("SELECT label, signed_in_with FROM tokens WHERE hash = $1").bind(&hash);
        let row = row.fetch_optional(&self.read).await?;
        let (label, session_of) = match row {
            Some(row) => (row.try_get("label")?, row.try_get::<Option<String>, _>("signed_in_with")?),
            // Whoever has signed out came with a session that is gone now.
            None => (None, None),
        };
        self.audit(&session_of.unwrap_or_else(|| id_of(&hash)), label, entry).await
    }

    /// Write down what somebody did at the server's machine.
    pub async fn audit_here(&self, action: &str, object: Option<&str>) -> Result<()> {
        let entry = NewAuditEntry { action, object, status: None, request: None };
        self.audit(THIS_MACHINE, None, &entry).await
    }

    async fn audit(&self, who: &str, label: Option<String>, entry: &NewAuditEntry<'_>) -> Result<()> {
        self.written(async {
            let mut writing = self.write.begin().await?;
            sqlx::query(
                "INSERT INTO audit (id, at, who, label, action, object, status, request)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(Uuid::now_v7().to_string())
            .bind(Moment::now().millis())
            .bind(who)
            .bind(label)
            .bind(entry.action)
            .bind(entry.object)
            .bind(entry.status.map(i64::from))
            .bind(entry.request)
            .execute(&mut *writing)
            .await?;
            writing.commit().await
        })
        .await
    }

    /// What was written down, the newest first, at most so much of it.
    pub async fn audit_entries(&self, before: Option<&str>, most: u32) -> Result<Vec<AuditEntry>> {
        let older = before.map_or("", |_| "WHERE id < $2");
        let sql = format!(
            "SELECT id, at, who, label, action, object, status, request FROM audit {older} ORDER BY id DESC LIMIT $1"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(i64::from(most));
        let query = if let Some(before) = before { query.bind(before) } else { query };
        let rows = query.fetch_all(&self.read).await?;
        Ok(rows.iter().map(entry).collect::<std::result::Result<_, _>>()?)
    }
}

fn entry(row: &AnyRow) -> std::result::Result<AuditEntry, sqlx::Error> {
    let status: Option<i64> = row.try_get("status")?;
    Ok(AuditEntry {
        id: row.try_get("id")?,
        at: moment(row, "at")?,
        who: row.try_get("who")?,
        label: row.try_get("label")?,
        action: row.try_get("action")?,
        object: row.try_get("object")?,
        status: status.and_then(|status| u16::try_from(status).ok()),
        request: row.try_get("request")?,
    })
}
