//! How the database finds what it is asked for, in its own words: for whoever wonders why something is slow.

use sqlx::{Any, Connection, Row, any::AnyArguments, query::Query};

use super::{Result, Store};

impl Store {
    /// What the database says of a query, which is given the words that go before it. PostgreSQL is asked what it would
    /// do if the tables were large.
    pub(super) async fn plan_of(
        &self,
        query: impl FnOnce(&str) -> Query<'static, Any, AnyArguments>,
    ) -> Result<Vec<String>> {
        let mut connection = self.read.acquire().await?;
        let is_postgres = connection.backend_name() == "PostgreSQL";
        let (how, column) = if is_postgres { ("EXPLAIN", 0) } else { ("EXPLAIN QUERY PLAN", 3) };
        let mut asking = connection.begin().await?;
        if is_postgres {
            sqlx::query("SET LOCAL enable_seqscan = off").execute(&mut *asking).await?;
        }
        let rows = query(how).fetch_all(&mut *asking).await?;
        let lines = rows.iter().map(|row| row.try_get(column)).collect::<std::result::Result<_, _>>()?;
        asking.rollback().await?;
        Ok(lines)
    }
}
