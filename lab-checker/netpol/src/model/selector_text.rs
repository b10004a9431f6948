//! Label selectors as people write them, both ways: `app=web,tier in (a,b),!old`, the notation of
//! `kubectl get -l`.

use std::fmt;
use std::str::FromStr;

use super::parse_error::ParseEndpointError;
use super::selector::{Requirement, Selector};

/// Reads a selector in kubectl's notation; `None` when it is not one.
pub(crate) fn parse(text: &str) -> Option<Selector> {
    let mut requirements = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = end_of_requirement(rest)?;
        requirements.push(requirement(rest[..end].trim())?);
        rest = rest.get(end + 1..).unwrap_or("").trim();
    }
    (!requirements.is_empty()).then_some(Selector { requirements })
}

/// Where the first requirement ends: at a comma outside parentheses, or at the end.
fn end_of_requirement(text: &str) -> Option<usize> {
    let mut inside = false;
    for (at, character) in text.char_indices() {
        match character {
            '(' if inside => return None,
            '(' => inside = true,
            ')' => inside = false,
            ',' if !inside => return Some(at),
            _ => {}
        }
    }
    (!inside).then_some(text.len())
}

fn requirement(text: &str) -> Option<Requirement> {
    if let Some(key) = text.strip_prefix('!') {
        return Some(Requirement::DoesNotExist { key: label_key(key)? });
    }
    for (operator, negated) in [("!=", true), ("==", false), ("=", false)] {
        if let Some((key, value)) = text.split_once(operator) {
            let value = value.trim();
            let values = vec![label_value(value)?];
            return Some(in_or_not(label_key(key)?, values, negated));
        }
    }
    for (operator, negated) in [(" notin ", true), (" in ", false)] {
        if let Some((key, values)) = text.replace('(', " (").split_once(operator) {
            let values = values.trim().strip_prefix('(')?.strip_suffix(')')?;
            let values = values.split(',').map(|value| label_value(value.trim())).collect::<Option<Vec<_>>>()?;
            return Some(in_or_not(label_key(key)?, values, negated));
        }
    }
    Some(Requirement::Exists { key: label_key(text)? })
}

fn in_or_not(key: String, values: Vec<String>, negated: bool) -> Requirement {
    if negated { Requirement::NotIn { key, values } } else { Requirement::In { key, values } }
}

fn label_key(text: &str) -> Option<String> {
    let text = text.trim();
    let legal = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte));
    (!text.is_empty() && legal).then(|| text.to_owned())
}

fn label_value(text: &str) -> Option<String> {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)).then(|| text.to_owned())
}

impl FromStr for Selector {
    type Err = ParseEndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() {
            return Ok(Self::everything());
        }
        parse(text).ok_or_else(|| ParseEndpointError::Labels(text.to_owned()))
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::In { key, values } => match values.as_slice() {
                [value] => write!(f, "{key}={value}"),
                _ => write!(f, "{key} in ({})", values.join(",")),
            },
            Self::NotIn { key, values } => match values.as_slice() {
                [value] => write!(f, "{key}!={value}"),
                _ => write!(f, "{key} notin ({})", values.join(",")),
            },
            Self::Exists { key } => f.write_str(key),
            Self::DoesNotExist { key } => write!(f, "!{key}"),
        }
    }
}

/// As kubectl writes it; `{}` for the selector that matches everything.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.requirements.is_empty() {
            return f.write_str("{}");
        }
        for (at, requirement) in self.requirements.iter().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            requirement.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        for text in ["app=web", "app=web,tier!=db", "app in (a,b),env notin (x,y)", "app,!old", "app=", "a.b/c=d"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        assert_eq!(parse("app == web").unwrap().to_string(), "app=web");
        assert_eq!(parse("app in(a, b)").unwrap().to_string(), "app in (a,b)");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "=web", "app=we b", "app in a", "app in (a", "app in ((a))", "!", "a=b=c"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
