//! Counted nouns: one is not many. Everything that tells a number of things to people writes it with this.

use std::fmt::Display;

/// `1 rule`, `2 policies`, `2.5 points`; with [`grouped`], `1,000 flows`.
///
/// The noun stands in the singular. It is made plural by its ending: `quizzes`, `addresses`.
#[must_use]
pub fn counted(number: impl Display, noun: &str) -> String {
    let number = number.to_string();
    if number == "1" { format!("1 {noun}") } else { format!("{number} {}", plural(noun)) }
}

/// A whole number with commas between its thousands; anything else as it is.
#[must_use]
pub fn grouped(number: impl Display) -> String {
    let number = number.to_string();
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return number;
    }
    let mut text = String::with_capacity(number.len() + number.len() / 3);
    for (at, digit) in number.chars().enumerate() {
        if at > 0 && (number.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// As far as the nouns of networks and courses go.
fn plural(noun: &str) -> String {
    let before_y =
        |noun: &str| noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u'])).map(str::len);
    if noun.ends_with("quiz") {
        format!("{noun}zes")
    } else if let Some(stem) = before_y(noun) {
        format!("{}ies", &noun[..stem])
    } else if ["s", "x", "ch", "sh"].iter().any(|ending| noun.ends_with(ending)) {
        format!("{noun}es")
    } else {
        format!("{noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::{counted, grouped};

    #[test]
    fn one_is_not_many() {
        let both = |noun| format!("{}, {}, {}", counted(0, noun), counted(1, noun), counted(2, noun));
        assert_eq!(both("learner"), "0 learners, 1 learner, 2 learners");
        assert_eq!(both("host-network pod"), "0 host-network pods, 1 host-network pod, 2 host-network pods");
        assert_eq!(both("policy"), "0 policies, 1 policy, 2 policies");
        assert_eq!(both("quiz"), "0 quizzes, 1 quiz, 2 quizzes");
        assert_eq!(both("address"), "0 addresses, 1 address, 2 addresses");
        assert_eq!(both("day"), "0 days, 1 day, 2 days");
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(counted(grouped(1_234_567_u64), "flow"), "1,234,567 flows");
        assert_eq!(counted(grouped(100), "pod"), "100 pods");
        assert_eq!(counted(grouped(1), "pod"), "1 pod");
        assert_eq!(counted(1000, "pod"), "1000 pods");
        assert_eq!(counted(1.0, "point"), "1 point");
        assert_eq!(counted(2.5, "point"), "2.5 points");
        assert_eq!(counted(0.5, "point"), "0.5 points");
        assert_eq!(counted(-1, "point"), "-1 points");
    }
}
