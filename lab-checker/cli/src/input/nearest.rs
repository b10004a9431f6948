//! "Did you mean …?": the known name that is nearest to what somebody wrote.

/// The most similar of `known`, when one is similar enough to be what was meant.
pub(crate) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let similarity = |name: &&str| (strsim::jaro_winkler(written, name) * 1000.0) as u32;
    let best = known.into_iter().max_by_key(similarity)?;
    (similarity(&best) >= 800).then_some(best)
}

/// ` (did you mean X?)`, or nothing.
pub(crate) fn suggestion<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(written, known).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{nearest, suggestion};

    const LABS: [&str; 3] = ["default-deny", "dns-egress", "no-isolation"];

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        assert_eq!(nearest("defualt-deny", LABS), Some("default-deny"));
        assert_eq!(nearest("dns", LABS), Some("dns-egress"));
        assert_eq!(suggestion("no-isolaton", LABS), "; did you mean `no-isolation`?");
    }

    #[test]
    fn something_else_is_not_guessed_at() {
        assert_eq!(nearest("../../etc/passwd", LABS), None);
        assert_eq!(suggestion("quux", LABS), "");
    }
}
