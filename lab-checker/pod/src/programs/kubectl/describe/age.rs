//! How long ago something was, and when, as descriptions say it.

use jiff::Timestamp;

/// The time since then: `4s`, `3m5s`, `2d4h`.
pub(super) fn since(stamp: &str) -> String {
    let Ok(then) = stamp.parse::<Timestamp>() else { return "<unknown>".to_owned() };
    human((Timestamp::now().as_millisecond() - then.as_millisecond()).div_euclid(1000))
}

fn human(seconds: i64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let two = |large: i64, unit: &str, small: i64, smaller: &str| match small {
        0 => format!("{large}{unit}"),
        small => format!("{large}{unit}{small}{smaller}"),
    };
    match seconds {
        ..=-2 => "<invalid>".to_owned(),
        -1..=0 => "0s".to_owned(),
        1..120 => format!("{seconds}s"),
        120..600 => two(minutes, "m", seconds % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(hours / 24, "d", hours % 24, "h"),
        691_200..63_072_000 => format!("{}d", hours / 24),
        63_072_000..252_288_000 => two(hours / 24 / 365, "y", hours / 24 % 365, "d"),
        _ => format!("{}y", hours / 24 / 365),
    }
}

/// `Sun, 22 Nov 2026 21:25:12 +0000`.
pub(super) fn dated(stamp: &str) -> String {
    written(stamp, "%a, %d %b %Y %H:%M:%S +0000")
}

/// `2026-11-22 21:25:33 +0000 UTC`.
pub(super) fn plain(stamp: &str) -> String {
    written(stamp, "%Y-%m-%d %H:%M:%S +0000 UTC")
}

fn written(stamp: &str, format: &str) -> String {
    stamp.parse::<Timestamp>().map_or_else(|_| stamp.to_owned(), |stamp| stamp.strftime(format).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_with_two_units_at_most() {
        let ages = [(-5, "<invalid>"), (0, "0s"), (119, "119s"), (185, "3m5s"), (600, "10m"), (10_860, "3h1m")];
        let longer = [(30_000, "8h"), (180_000, "2d2h"), (700_000, "8d"), (70_000_000, "2y80d"), (300_000_000, "9y")];
        for (seconds, age) in ages.into_iter().chain(longer) {
            assert_eq!(human(seconds), age, "{seconds}");
        }
        assert_eq!(dated("2026-11-22T21:25:12Z"), "Sun, 22 Nov 2026 21:25:12 +0000");
        assert_eq!(plain("2026-11-22T21:25:33Z"), "2026-11-22 21:25:33 +0000 UTC");
    }
}
