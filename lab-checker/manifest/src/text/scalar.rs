//! What a plain scalar means, decided as the API server's YAML library decides (YAML 1.1 booleans
//! and octal numbers, YAML 1.2 where both agree).

use granit_parser::{ScalarStyle, Tag};
use serde_json::{Number, Value};

/// The value of a scalar.
pub(super) fn resolve(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    match tag.and_then(Tag::core_suffix) {
        Some("str" | "binary") => Value::String(text.to_owned()),
        Some("int" | "float" | "bool" | "null") => plain(text),
        _ if style == ScalarStyle::Plain => plain(text),
        _ => Value::String(text.to_owned()),
    }
}

/// Whether a plain scalar reads as a boolean although it is neither `true` nor `false`.
pub(super) fn is_surprising_boolean(text: &str) -> bool {
    boolean(text).is_some() && !text.eq_ignore_ascii_case("true") && !text.eq_ignore_ascii_case("false")
}

fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        _ => {}
    }
    if let Some(boolean) = boolean(text) {
        return Value::Bool(boolean);
    }
    match number(text) {
        Some(number) => Value::Number(number),
        None => Value::String(text.to_owned()),
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

fn number(text: &str) -> Option<Number> {
    let first = text.bytes().next()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    let digits = text.replace('_', "");
    integer(&digits).or_else(|| float(&digits))
}

/// An integer with Go's prefixes: `0x`, `0b`, `0o`, and `0` alone for octal.
fn integer(text: &str) -> Option<Number> {
    let (negative, magnitude) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match magnitude.get(..2) {
        Some("0x" | "0X") => (16, &magnitude[2..]),
        Some("0b" | "0B") => (2, &magnitude[2..]),
        Some("0o" | "0O") => (8, &magnitude[2..]),
        Some(_) if magnitude.starts_with('0') => (8, &magnitude[1..]),
        _ => (10, magnitude),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative { Some(Number::from(0_i64.checked_sub_unsigned(magnitude)?)) } else { Some(Number::from(magnitude)) }
}

fn float(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let legal = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.bytes().any(|byte| byte.is_ascii_digit())
        && unsigned.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    let float: f64 = legal.then(|| text.parse().ok())??;
    // JSON has one kind of number: `80.0` is 80 to the API server.
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
    if float.fract() == 0.0 && float.abs() < 1e15 {
        return Some(Number::from(float as i64));
    }
    Number::from_f64(float)
}
