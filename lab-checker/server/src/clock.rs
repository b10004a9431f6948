//! Moments in time, as the database keeps them and as the API writes them.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// A moment, to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i64);

impl Moment {
    /// Now.
    #[must_use]
    pub fn now() -> Self {
        Self(Timestamp::now().as_millisecond())
    }

    /// From milliseconds since 1970.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This many days later.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        Self(self.0 + days * 24 * 60 * 60 * 1000)
    }

    /// This many minutes later.
    #[must_use]
    pub const fn plus_minutes(self, minutes: i64) -> Self {
        Self(self.0 + minutes * 60 * 1000)
    }

    /// The date and the minute, for people: `2026-11-23 14:05 UTC`.
    #[must_use]
    pub fn for_people(self) -> String {
        self.timestamp().strftime("%Y-%m-%d %H:%M UTC").to_string()
    }

    /// The day, in UTC: year, month, day of the month.
    pub(crate) fn date(self) -> (i32, u8, u8) {
        let date = jiff::tz::TimeZone::UTC.to_datetime(self.timestamp());
        (date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
    }

    /// The day, for people: `23 November 2026`.
    #[must_use]
    pub fn day(self) -> String {
        self.timestamp().strftime("%-d %B %Y").to_string()
    }

    fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or_default()
    }
}

impl std::fmt::Display for Moment {
    /// RFC 3339 in UTC.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.timestamp().fmt(f)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
