//! Comparing what a learner typed with what is accepted: how something is written does not matter, what it says does.

use std::collections::BTreeSet;

/// Whether two texts say the same: case, spaces around and doubled, final stops, and whether a compound is written
/// with a hyphen, as one word or as two, do not count.
pub(crate) fn says_the_same(one: &str, other: &str) -> bool {
    !spellings(one).is_disjoint(&spellings(other))
}

/// The ways to write a text that count as the same: its hyphens as spaces, and left out.
pub(crate) fn spellings(text: &str) -> BTreeSet<String> {
    let text = tidied(text);
    let with = |hyphen: &str| {
        let characters: Vec<char> = text.chars().collect();
        let written = |at: usize| if joins(&characters, at) { hyphen.to_owned() } else { characters[at].to_string() };
        (0..characters.len()).map(written).collect()
    };
    BTreeSet::from([with(" "), with("")])
}

/// Lower case, single spaces, no final stops. A text of nothing but stops is left as it is.
fn tidied(text: &str) -> String {
    let text = text.to_lowercase().replace(['\u{2010}', '\u{2011}'], "-");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.trim_end_matches(['.', ' ']) {
        "" => text,
        without => without.to_owned(),
    }
}

/// Whether the character is a hyphen that joins words. One between two digits is a range or a minus: `1-5` is not `15`.
/// One that begins a word is an option: `-n`.
fn joins(characters: &[char], at: usize) -> bool {
    let beside = |at: Option<usize>| at.and_then(|at| characters.get(at)).filter(|c| c.is_alphanumeric());
    match (characters[at], beside(at.checked_sub(1)), beside(at.checked_add(1))) {
        ('-', Some(before), Some(after)) => before.is_alphabetic() || after.is_alphabetic(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::says_the_same;

    #[test]
    fn the_way_of_writing_does_not_count() {
        for (accepted, typed) in [
            ("lateral movement", "  Lateral   movement. "),
            ("lateral movement", "lateral-movement"),
            ("lateral movement", "lateral\tmovement..."),
            ("lateral movement", "lateral movement ."),
            ("e-mail", "email"),
            ("email", "E-Mail"),
            ("e-mail", "e mail"),
            ("host-network pod", "host network-pod"),
            ("host-network-pod", "hostnetwork-pod."),
            ("default\u{2011}deny", "default deny"),
            ("Yes.", "yes"),
            ("web-1", "web 1"),
            ("10.0.0.0/8", "10.0.0.0/8."),
            ("kubectl get pods -n dev", "kubectl  get pods -n dev"),
            ("...", "..."),
        ] {
            assert!(says_the_same(accepted, typed), "`{typed}` for `{accepted}`");
            assert!(says_the_same(typed, accepted), "`{accepted}` for `{typed}`");
        }
    }

    #[test]
    fn what_is_said_counts() {
        for (accepted, typed) in [
            ("1-5", "15"),
            ("1-5", "1 5"),
            ("15", "1 5"),
            ("8000-8100", "80008100"),
            ("10.0.0.1-10.0.0.9", "10.0.0.110.0.0.9"),
            ("-1", "1"),
            ("-n", "n"),
            ("--all", "all"),
            ("lateral movement", "lateralmovement"),
            ("no policy", "nopolicy"),
            ("not a pod", "nota pod"),
            ("0.0.0.0/0", "0.0.0.0/00"),
            ("kube.system", "kubesystem"),
            ("app=web", "app web"),
            ("...", ""),
            (".", "-"),
        ] {
            assert!(!says_the_same(accepted, typed), "`{typed}` for `{accepted}`");
            assert!(!says_the_same(typed, accepted), "`{accepted}` for `{typed}`");
        }
    }
}
