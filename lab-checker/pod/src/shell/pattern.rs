//! Patterns of `*`, `?` and `[…]`, as `case`, `${x%…}` and file names have them.

/// The most comparisons that one match may take; a pattern that needs more matches nothing.
const EFFORT: usize = 20_000_000;

/// One place of a pattern.
enum Place {
    /// `*`.
    Many,
    /// `?`.
    One,
    /// A character that stands for itself.
    Itself(char),
    /// `[…]` and `[!…]`.
    Among { ranges: Vec<(char, char)>, negated: bool },
}

impl Place {
    fn takes(&self, character: char) -> bool {
        match self {
            Self::Many => false,
            Self::One => true,
            Self::Itself(wanted) => *wanted == character,
            Self::Among { ranges, negated } => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&character)) != *negated
            }
        }
    }
}

fn read(pattern: &str) -> Vec<Place> {
    let characters: Vec<char> = pattern.chars().collect();
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        at += 1;
        places.push(match character {
            '*' => Place::Many,
            '?' => Place::One,
            '\\' if at < characters.len() => {
                at += 1;
                Place::Itself(characters[at - 1])
            }
            '[' => match among(&characters[at..]) {
                Some((place, length)) => {
                    at += length;
                    place
                }
                None => Place::Itself('['),
            },
            other => Place::Itself(other),
        });
    }
    places
}

/// The inside of `[…]`, and how long it is with its bracket; `None` without one.
fn among(characters: &[char]) -> Option<(Place, usize)> {
    let negated = matches!(characters.first(), Some('!' | '^'));
    let start = usize::from(negated);
    // A bracket that comes first stands for itself.
    let end = start + 1 + characters.get(start + 1..)?.iter().position(|character| *character == ']')?;
    let inside = &characters[start..end];
    let text: String = inside.iter().collect();
    let ranges = match text.as_str() {
        "[:digit:" => vec![('0', '9')],
        "[:alpha:" => vec![('a', 'z'), ('A', 'Z')],
        "[:space:" => vec![(' ', ' '), ('\t', '\n')],
        _ => {
            let mut ranges = Vec::new();
            let mut at = 0;
            while at < inside.len() {
                let ranged = at + 2 < inside.len() && inside[at + 1] == '-';
                ranges.push((inside[at], inside[if ranged { at + 2 } else { at }]));
                at += if ranged { 3 } else { 1 };
            }
            ranges
        }
    };
    let extra = usize::from(text.starts_with("[:") && characters.get(end + 1) == Some(&']'));
    Some((Place::Among { ranges, negated }, end + 1 + extra))
}

/// Whether a text matches a pattern.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let pattern = read(pattern);
    let text: Vec<char> = text.chars().collect();
    whole(&pattern, &text)
}

fn whole(pattern: &[Place], text: &[char]) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(Place::Many) => {
                star = Some((at, from));
                at += 1;
            }
            Some(place) if place.takes(text[from]) => {
                at += 1;
                from += 1;
            }
            _ => match &mut star {
                Some((star, taken)) => {
                    *taken += 1;
                    at = *star + 1;
                    from = *taken;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|rest| matches!(rest, Place::Many))
}

/// The places in a text at which it can be cut.
fn cuts(text: &str) -> Vec<usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).collect()
}

fn affordable(pattern: &str, text: &str) -> bool {
    text.len().saturating_mul(text.len()).saturating_mul(pattern.len().max(1)) <= EFFORT
        || (text.len() <= 1 << 17 && !pattern.contains(['*', '?', '[', '\\']))
}

/// Where the shortest or longest start of a text that matches ends.
pub(super) fn start(pattern: &str, text: &str, longest: bool) -> Option<usize> {
    if !affordable(pattern, text) {
        return None;
    }
    if !pattern.contains(['*', '?', '[', '\\']) {
        return text.starts_with(pattern).then_some(pattern.len());
    }
    let pattern = read(pattern);
    let fits = |end: &usize| whole(&pattern, &text[..*end].chars().collect::<Vec<_>>());
    let ends = cuts(text);
    if longest { ends.into_iter().rev().find(fits) } else { ends.into_iter().find(fits) }
}

/// Where the shortest or longest end of a text that matches begins.
pub(super) fn end(pattern: &str, text: &str, longest: bool) -> Option<usize> {
    if !affordable(pattern, text) {
        return None;
    }
    if !pattern.contains(['*', '?', '[', '\\']) {
        return text.ends_with(pattern).then(|| text.len() - pattern.len());
    }
    let pattern = read(pattern);
    let fits = |begin: &usize| whole(&pattern, &text[*begin..].chars().collect::<Vec<_>>());
    let begins = cuts(text);
    if longest { begins.into_iter().find(fits) } else { begins.into_iter().rev().find(fits) }
}

/// The text with the first match, or every match, replaced.
pub(super) fn replace(text: &str, pattern: &str, new: &str, all: bool) -> String {
    if pattern.is_empty() {
        return text.to_owned();
    }
    if !pattern.contains(['*', '?', '[', '\\']) {
        return if all { text.replace(pattern, new) } else { text.replacen(pattern, new, 1) };
    }
    // Each place of the text is tried.
    if !affordable(pattern, text) || text.len() > 500 {
        return text.to_owned();
    }
    let mut result = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        match start(pattern, rest, true).filter(|length| *length > 0) {
            Some(length) => {
                result.push_str(new);
                rest = &rest[length..];
                if !all {
                    break;
                }
            }
            None => {
                result.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    result + rest
}

/// A text as a pattern that matches only itself.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '*' | '?' | '[' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// A pattern without its escapes.
pub(super) fn unescape(pattern: &str) -> String {
    let mut plain = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            other => plain.push(other),
        }
    }
    plain
}

/// Whether a pattern has anything in it that does not stand for itself.
pub(super) fn is_pattern(pattern: &str) -> bool {
    read(pattern).iter().any(|place| !matches!(place, Place::Itself(_)))
}
