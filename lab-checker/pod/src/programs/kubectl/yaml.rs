//! YAML as kubectl prints it. Other writers quote more or less than Go's does, and fold long lines.

use std::cmp::Ordering;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// A value as YAML, its fields in the order that kubectl has them.
pub(super) fn print(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(fields) if !fields.is_empty() => map(&mut text, value, 0, false),
        Value::Array(items) if !items.is_empty() => list(&mut text, items, 0, false),
        other => {
            scalar(&mut text, other, 0);
            text.push('\n');
        }
    }
    text
}

fn indent(text: &mut String, level: usize) {
    text.extend(std::iter::repeat_n("  ", level));
}

/// Writes the fields of a map; the first stands behind a dash when it is an item.
fn map(text: &mut String, value: &Value, level: usize, behind_dash: bool) {
    let mut fields: Vec<(&String, &Value)> = value.as_object().into_iter().flatten().collect();
    fields.sort_by(|(a, _), (b, _)| natural(a, b));
    for (at, (name, value)) in fields.into_iter().enumerate() {
        if at > 0 || !behind_dash {
            indent(text, level);
        }
        key(text, name);
        text.push(':');
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                text.push('\n');
                map(text, value, level + 1, false);
            }
            Value::Array(items) if !items.is_empty() => {
                text.push('\n');
                list(text, items, level, false);
            }
            other => {
                text.push(' ');
                scalar(text, other, level);
                text.push('\n');
            }
        }
    }
}

fn list(text: &mut String, items: &[Value], level: usize, behind_dash: bool) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 || !behind_dash {
            indent(text, level);
        }
        text.push_str("- ");
        match item {
            Value::Object(fields) if !fields.is_empty() => map(text, item, level + 1, true),
            Value::Array(inner) if !inner.is_empty() => list(text, inner, level + 1, true),
            other => {
                scalar(text, other, level);
                text.push('\n');
            }
        }
    }
}

fn key(text: &mut String, name: &str) {
    match style(name) {
        Style::Literal => text.push_str(&double(name)),
        style => text.push_str(&written(name, style)),
    }
}

fn scalar(text: &mut String, value: &Value, level: usize) {
    match value {
        Value::String(string) => match style(string) {
            Style::Literal => literal(text, string, level + 1),
            style => text.push_str(&written(string, style)),
        },
        Value::Object(_) => text.push_str("{}"),
        Value::Array(_) => text.push_str("[]"),
        other => text.push_str(&other.to_string()),
    }
}

/// How a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

fn style(text: &str) -> Style {
    let special = text.chars().any(|character| !printable(character)) || text.contains(" \n");
    if text.contains('\n') {
        return if special || text.ends_with(' ') { Style::Double } else { Style::Literal };
    }
    match (special, means_something_else(text)) {
        (true, _) | (_, true) => Style::Double,
        _ if has_indicators(text) || text.starts_with(' ') || text.ends_with(' ') => Style::Single,
        _ => Style::Plain,
    }
}

fn printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && character != '\u{feff}'
}

fn written(text: &str, style: Style) -> String {
    match style {
        Style::Single => format!("'{}'", text.replace('\'', "''")),
        Style::Double => double(text),
        Style::Plain | Style::Literal => text.to_owned(),
    }
}

fn double(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            '\0' => quoted.push_str("\\0"),
            '\u{1b}' => quoted.push_str("\\e"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{b}' => quoted.push_str("\\v"),
            '\u{c}' => quoted.push_str("\\f"),
            '\u{feff}' => quoted.push_str("\\uFEFF"),
            other if printable(other) => quoted.push(other),
            other if u32::from(other) <= 0xff => quoted.push_str(&format!("\\x{:02X}", u32::from(other))),
            other if u32::from(other) <= 0xffff => quoted.push_str(&format!("\\u{:04X}", u32::from(other))),
            other => quoted.push_str(&format!("\\U{:08X}", u32::from(other))),
        }
    }
    quoted.push('"');
    quoted
}

/// Lines behind a `|`.
fn literal(text: &mut String, string: &str, level: usize) {
    text.push('|');
    if string.starts_with([' ', '\n']) {
        text.push('2');
    }
    let ended = string.strip_suffix('\n');
    match ended {
        None => text.push('-'),
        Some(rest) if rest.is_empty() || rest.ends_with('\n') => text.push('+'),
        Some(_) => {}
    }
    for line in ended.unwrap_or(string).split('\n') {
        text.push('\n');
        if !line.is_empty() {
            indent(text, level);
            text.push_str(line);
        }
    }
}

/// Whether a character in it, at its place, would be read as syntax.
fn has_indicators(text: &str) -> bool {
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let characters: Vec<char> = text.chars().collect();
    characters.iter().enumerate().any(|(at, character)| {
        let before_space = characters.get(at + 1).is_none_or(|next| *next == ' ');
        let behind_space = at > 0 && characters[at - 1] == ' ';
        match character {
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`'
                if at == 0 =>
            {
                true
            }
            '?' | '-' if at == 0 => before_space,
            ':' => before_space,
            '#' => behind_space,
            _ => false,
        }
    })
}

/// Whether a reader would take it for a boolean, a number, a time or nothing.
fn means_something_else(text: &str) -> bool {
    static NUMBER: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        let patterns = [
            r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$",
            r"^[-+]?0(x[0-9a-fA-F]+|b[01]+|o?[0-7]+)$",
            // Sixties: 1:30.
            r"^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$",
            r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})?)?$",
        ];
        patterns.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect()
    });
    const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let lower = text.to_lowercase();
    let capital = text.chars().next().is_some_and(char::is_uppercase);
    let one_case = text == lower || text == text.to_uppercase() || (capital && text[1..] == lower[1..]);
    if text.is_empty() || matches!(text, "~" | "<<") || (one_case && WORDS.contains(&lower.as_str())) {
        return true;
    }
    if one_case && matches!(lower.trim_start_matches(['+', '-']), ".inf" | ".nan") {
        return true;
    }
    let plain = text.replace('_', "");
    NUMBER.iter().any(|number| number.is_match(&plain) || number.is_match(text))
}

/// The order of keys: what is no letter first, numbers by their value.
fn natural(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else { return a.len().cmp(&b.len()) };
    match (a[at].is_alphabetic(), b[at].is_alphabetic()) {
        (true, true) => return a[at].cmp(&b[at]),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let within = (a[at] == '0' || b[at] == '0')
        && a[..at].iter().rev().take_while(|digit| digit.is_ascii_digit()).any(|digit| *digit != '0');
    let number = |characters: &[char]| {
        let digits = characters[at..].iter().map_while(|character| character.to_digit(10));
        digits.fold((u64::from(within), 0_usize), |(value, length), digit| {
            (value.saturating_mul(10).saturating_add(u64::from(digit)), length + 1)
        })
    };
    number(&a).cmp(&number(&b)).then_with(|| a[at].cmp(&b[at]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_quoted_as_go_does() {
        for (text, written) in [
            ("plain", "plain"),
            ("10.96.0.1", "10.96.0.1"),
            ("", "\"\""),
            ("1", "\"1\""),
            ("1.5", "\"1.5\""),
            ("yes", "\"yes\""),
            ("True", "\"True\""),
            ("tRue", "tRue"),
            ("80:80", "80:80"),
            ("80:59", "\"80:59\""),
            ("a:b", "a:b"),
            ("a: b", "'a: b'"),
            ("a:", "'a:'"),
            ("- a", "'- a'"),
            ("-g", "-g"),
            ("*", "'*'"),
            ("it's", "it's"),
            ("'a'", "'''a'''"),
            ("a #b", "'a #b'"),
            ("a#b", "a#b"),
            ("2026-11-22", "\"2026-11-22\""),
            ("0x1f", "\"0x1f\""),
            ("a\tb", "\"a\\tb\""),
            (" a", "' a'"),
            ("~", "\"~\""),
            ("1_000", "\"1_000\""),
            ("a,b", "a,b"),
            ("é", "é"),
            ("2026-11-22T21:25:12Z", "\"2026-11-22T21:25:12Z\""),
            ("1e3", "\"1e3\""),
            ("08", "\"08\""),
            ("%a", "'%a'"),
        ] {
            assert_eq!(print(&json!({"k": text})), format!("k: {written}\n"), "{text:?}");
        }
        for (text, written) in [
            ("a\n", "k: |\n  a\n"),
            ("a\nb", "k: |-\n  a\n  b\n"),
            ("a\n\n", "k: |+\n  a\n\n"),
            (" a\n", "k: |2\n   a\n"),
            ("a\n\nb\n", "k: |\n  a\n\n  b\n"),
            ("a \nb", "k: \"a \\nb\"\n"),
            ("a\tb\n", "k: \"a\\tb\\n\"\n"),
        ] {
            assert_eq!(print(&json!({"k": text})), written, "{text:?}");
        }
    }

    #[test]
    fn lists_stand_under_their_names_and_keys_in_natural_order() {
        let value = json!({
            "b": [{"y": [], "x": {}}, [1, 2], "t"], "a10": null, "a9": true, "a.b/c": 1, "B": 1.5, "yes": "no",
        });
        let text =
            "B: 1.5\na.b/c: 1\na9: true\na10: null\nb:\n- x: {}\n  \"y\": []\n- - 1\n  - 2\n- t\n\"yes\": \"no\"\n";
        assert_eq!(print(&value), text);
    }
}
