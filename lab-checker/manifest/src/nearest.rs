//! What was probably meant: the known word that is nearest to a mistyped one.

/// The nearest of the candidates, when it is near enough to be what was meant.
pub(crate) fn nearest<'a>(wanted: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let folded = wanted.to_lowercase();
    let limit = 1 + wanted.chars().count() / 4;
    candidates
        .map(|candidate| (distance(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters must be added, removed, replaced or swapped with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<_>, Vec<_>) = (from.chars().collect(), to.chars().collect());
    let mut rows = vec![vec![0; to.len() + 1]; from.len() + 1];
    for row in 0..=from.len() {
        for column in 0..=to.len() {
            if row == 0 || column == 0 {
                rows[row][column] = row + column;
                continue;
            }
            let same = from[row - 1] == to[column - 1];
            let replaced = rows[row - 1][column - 1] + usize::from(!same);
            let mut least = replaced.min(rows[row - 1][column] + 1).min(rows[row][column - 1] + 1);
            let swapped = row > 1 && column > 1 && from[row - 1] == to[column - 2] && from[row - 2] == to[column - 1];
            if swapped {
                least = least.min(rows[row - 2][column - 2] + 1);
            }
            rows[row][column] = least;
        }
    }
    rows[from.len()][to.len()]
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
