//! What an activity is worth: how a course file says it, and how people read it.

use super::reader::Fields;

/// What a lab or a quiz may be worth.
const RANGE: std::ops::RangeInclusive<f64> = 0.5..=1000.0;

/// The points under the key `points`, when they are there.
pub(crate) fn points(fields: &Fields<'_>) -> Option<f64> {
    fields.get("points").and_then(|field| field.number(RANGE))
}

/// Points as people read them: two decimals, and never `-0`, which the sum of no numbers is.
#[must_use]
pub fn rounded(points: f64) -> f64 {
    (points * 100.0).round() / 100.0 + 0.0
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn nothing_is_zero_and_not_minus_zero() {
        for nothing in [[].iter().sum(), -0.0, 0.0, -0.001, 0.001] {
            assert_eq!(rounded(nothing).to_string(), "0", "{nothing:?}");
        }
        assert_eq!([rounded(7.499_999), rounded(-1.25)], [7.5, -1.25]);
    }
}
