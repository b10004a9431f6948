//! What an activity is worth: how a course file says it, and how people read it.

use super::reader::Fields;

/// What a lab or a quiz may be worth.
const RANGE: std::ops::RangeInclusive<f64> = 0.5..=1000.0;

/// The points under the key `points`, when they are there.
pub(crate) fn points(fields: &Fields<'_>) -> Option<f64> {
    fields.get("points").and_then(|field| field.number(RANGE))
}

/// Points as people read them: two decimals.
pub(crate) fn rounded(points: f64) -> f64 {
    (points * 100.0).round() / 100.0
}
