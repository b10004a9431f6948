//! Reading columns that more than one table has.

use sqlx::{Row, any::AnyRow};

use crate::{
    activity::{self, Activity},
    clock::Moment,
};

/// A column that holds a [`Moment`].
pub(super) fn moment(row: &AnyRow, column: &str) -> std::result::Result<Moment, sqlx::Error> {
    Ok(Moment::from_millis(row.try_get(column)?))
}

/// A column that holds points. What was stored as `-0` long ago is nothing, too.
pub(super) fn points(row: &AnyRow, column: &str) -> std::result::Result<f64, sqlx::Error> {
    Ok(row.try_get::<f64, _>(column)? + 0.0)
}

/// The columns `kind` and `activity`.
pub(super) fn activity_of(row: &AnyRow) -> std::result::Result<Activity, sqlx::Error> {
    let kind: String = row.try_get("kind")?;
    let kind = activity::kind(&kind)
        .ok_or_else(|| sqlx::Error::Decode(format!("activity kind {kind:?} is unknown").into()))?;
    Ok(Activity { kind, name: row.try_get("activity")? })
}

/// The places of the values of so many rows: `($1, $2), ($3, $4)`.
pub(crate) fn places(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let places: Vec<String> = (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}
