//! Conditions of a list, with their values. Only what is asked for stands in them, so that an index serves the list: a
//! condition that holds for everything when its value is missing would be looked at row by row.

use sqlx::{Any, any::AnyArguments, query::Query};

/// What is asked for.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    words: Vec<String>,
    values: Vec<String>,
}

impl Conditions {
    /// With a value, such as `learner =`; without one, nothing is asked.
    pub(super) fn with(mut self, condition: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.values.push(value.to_owned());
            self.words.push(format!("{condition} ${}", self.values.len()));
        }
        self
    }

    /// Without a value.
    pub(super) fn and(mut self, condition: Option<&str>) -> Self {
        self.words.extend(condition.map(str::to_owned));
        self
    }

    /// The list, in this order, of at most as many rows as is bound last.
    pub(super) fn list(&self, select: &str, order: &str) -> String {
        let wanted = if self.words.is_empty() { String::new() } else { format!("WHERE {}", self.words.join(" AND ")) };
        format!("{select} {wanted} ORDER BY {order} LIMIT ${}", self.values.len() + 1)
    }

    /// The statement with the values.
    pub(super) fn bound(&self, sql: String, most: u32) -> Query<'static, Any, AnyArguments> {
        let query = sqlx::query(sqlx::AssertSqlSafe(sql));
        let query = self.values.iter().fold(query, |query, value| query.bind(value.clone()));
        query.bind(i64::from(most))
    }
}
