//! What was probably meant: the known word that is nearest to a mistyped one.

/// How many slips make a word another one, however long it is.
const MOST_SLIPS: usize = 4;

/// The nearest of the candidates, when it is near enough to be what was meant. Capitals do not count.
#[must_use]
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = wanted.to_lowercase();
    let limit = (1 + wanted.chars().count() / 4).min(MOST_SLIPS);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_and_a_far_one_is_not() {
        let words = ["from", "ports", "podSelector", "policyTypes"];
        let find = |wanted| nearest(wanted, words);
        assert_eq!(find("form"), Some("from"));
        assert_eq!(find("podSelectr"), Some("podSelector"));
        assert_eq!(find("podselector"), Some("podSelector"));
        assert_eq!(find("replicas"), None);
        let pods = ["production/api", "production/web", "dev/web"];
        assert_eq!(nearest("prodution/api", pods), Some("production/api"));
        assert_eq!(nearest("dev/wbe", pods), Some("dev/web"));
        assert_eq!(nearest("monitoring/prometheus", pods), None);
        assert_eq!(nearest("production/something-else", pods), None);
    }
}
