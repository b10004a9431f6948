//! Reading columns that more than one table has.

use sqlx::Row;

use crate::clock::Moment;

/// A column that holds a [`Moment`].
pub(super) fn moment(row: &sqlx::any::AnyRow, column: &str) -> std::result::Result<Moment, sqlx::Error> {
    Ok(Moment::from_millis(row.try_get(column)?))
}
