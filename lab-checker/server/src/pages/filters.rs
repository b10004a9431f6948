//! How templates write values for people.

use askama::{Result, Values};

/// Points: `7.5`, `10`.
#[askama::filter_fn]
pub(super) fn points(points: &f64, _: &dyn Values) -> Result<String> {
    Ok(crate::domain::spreadsheet::points(*points))
}
