//! What was probably meant: the known word that is nearest to a mistyped one.

/// The nearest of the candidates, when it is near enough to be what was meant.
pub(crate) fn nearest<'a>(wanted: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let folded = wanted.to_lowercase();
    let limit = 1 + wanted.chars().count() / 4;
    candidates
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
        let find = |wanted| nearest(wanted, words.into_iter());
        assert_eq!(find("form"), Some("from"));
        assert_eq!(find("podSelectr"), Some("podSelector"));
        assert_eq!(find("podselector"), Some("podSelector"));
        assert_eq!(find("replicas"), None);
    }
}
