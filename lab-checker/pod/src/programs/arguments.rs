//! Command lines in the manner of getopt: flags in clusters, values attached or behind, long options.

/// One word of a command line, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    /// A flag without a value.
    Flag(String),
    /// An option with its value.
    Value(String, String),
    /// An option whose value is missing.
    Missing(String),
    /// Neither.
    Operand(String),
}

/// Reads a command line. `short` and `long` name the options that take a value.
pub(super) fn parse(words: &[String], short: &str, long: &[&str]) -> Vec<Argument> {
    let mut parsed = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            parsed.extend(words.by_ref().cloned().map(Argument::Operand));
        } else if let Some(option) = word.strip_prefix("--") {
            parsed.push(match option.split_once('=') {
                Some((name, value)) => Argument::Value(name.to_owned(), value.to_owned()),
                None if long.contains(&option) => value_of(option, words.next()),
                None => Argument::Flag(option.to_owned()),
            });
        } else if word.len() > 1 && word.starts_with('-') {
            let letters = &word[1..];
            for (at, letter) in letters.char_indices() {
                if !short.contains(letter) {
                    parsed.push(Argument::Flag(letter.to_string()));
                    continue;
                }
                let attached = &letters[at + letter.len_utf8()..];
                parsed.push(match attached {
                    "" => value_of(&letter.to_string(), words.next()),
                    attached => Argument::Value(letter.to_string(), attached.to_owned()),
                });
                break;
            }
        } else {
            parsed.push(Argument::Operand(word.clone()));
        }
    }
    parsed
}

fn value_of(name: &str, value: Option<&String>) -> Argument {
    match value {
        Some(value) => Argument::Value(name.to_owned(), value.clone()),
        None => Argument::Missing(name.to_owned()),
    }
}

/// No program waits longer than this, whatever it is asked for: about 30 years.
const LONGEST_SECONDS: f64 = 1e9;

/// A duration: seconds, or a number with `ms`, `s`, `m`, `h`, `d`. One that is too long counts as the longest.
pub(super) fn duration(text: &str) -> Option<std::time::Duration> {
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86_400.0)];
    let (number, factor) =
        units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor))).unwrap_or((text, 1.0));
    let seconds = number.parse::<f64>().ok()? * factor;
    (seconds >= 0.0).then(|| std::time::Duration::from_secs_f64(seconds.min(LONGEST_SECONDS)))
}

/// A count: digits. One that is too large counts as the largest.
pub(super) fn count(text: &str) -> Option<usize> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(usize::MAX))
}

/// A whole number with or without a sign. One that is too large or too small counts as the last that is not.
pub(super) fn whole(text: &str) -> Option<i64> {
    let (last, digits) = match text.strip_prefix('-') {
        Some(digits) => (i64::MIN, digits),
        None => (i64::MAX, text.strip_prefix('+').unwrap_or(text)),
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(last))
}
