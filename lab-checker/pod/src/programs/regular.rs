//! The regular expressions of `grep`, `sed` and `awk`, in terms of the `regex` crate, which takes linear time
//! whatever the pattern.

use std::borrow::Cow;
use std::ops::Range;

use regex::{Regex, RegexBuilder};

/// Which marks are operators without a backslash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// `grep`, `sed`: `\(…\)`, `\|`, `\+`.
    Basic,
    /// `grep -E`, `sed -E`, `awk`.
    Extended,
    /// `grep -F`.
    Fixed,
}

/// How much a compiled expression may take.
const SIZE: usize = 256 * 1024;

/// A compiled expression.
pub(super) struct Expression {
    regex: Regex,
    ignore_case: bool,
}

/// Compiles an expression; `None` when it is none.
pub(super) fn compile(pattern: &str, syntax: Syntax, ignore_case: bool) -> Option<Expression> {
    let translated = match syntax {
        Syntax::Fixed => regex::escape(pattern),
        _ => translate(pattern, syntax == Syntax::Extended)?,
    };
    let translated = if ignore_case { lower(&translated) } else { translated };
    let regex = RegexBuilder::new(&translated).size_limit(SIZE).build().ok()?;
    Some(Expression { regex, ignore_case })
}

impl Expression {
    /// Whether it matches somewhere.
    pub(super) fn is_match(&self, line: &str) -> bool {
        self.regex.is_match(&self.seen(line))
    }

    /// The first match from a place on, and the parts in brackets.
    pub(super) fn find(&self, line: &str, from: usize) -> Option<Vec<Option<Range<usize>>>> {
        let seen = self.seen(line);
        let found = self.regex.captures_at(&seen, from)?;
        Some(found.iter().map(|part| part.map(|part| part.range())).collect())
    }

    /// A line as it is compared. Lower case of ASCII letters keeps all places where they are.
    fn seen<'a>(&self, line: &'a str) -> Cow<'a, str> {
        if self.ignore_case { Cow::Owned(line.to_ascii_lowercase()) } else { Cow::Borrowed(line) }
    }
}

/// An expression in lower case, except for what stands behind a backslash.
fn lower(pattern: &str) -> String {
    let mut escaped = false;
    let mut fold = |character: char| {
        let folded = if escaped { character } else { character.to_ascii_lowercase() };
        escaped = character == '\\' && !escaped;
        folded
    };
    pattern.chars().map(&mut fold).collect()
}

fn translate(pattern: &str, extended: bool) -> Option<String> {
    let mut text = String::new();
    let mut characters = pattern.chars().peekable();
    let mut begins = true;
    while let Some(character) = characters.next() {
        let began = std::mem::replace(&mut begins, false);
        match character {
            '[' => bracket(&mut characters, &mut text)?,
            '\\' => match characters.next()? {
                operator @ ('(' | ')' | '{' | '}' | '|' | '+' | '?') if !extended => {
                    text.push(operator);
                    begins = matches!(operator, '(' | '|');
                }
                '<' => text.push_str("\\b{start}"),
                '>' => text.push_str("\\b{end}"),
                // The linear-time engine has no references back.
                '1'..='9' => return None,
                class @ ('w' | 'W' | 's' | 'S' | 'b' | 'B' | 'd' | 'n' | 't') => text.extend(['\\', class]),
                other => text.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
            },
            '*' if began => text.push_str("\\*"),
            '^' if !extended && !began => text.push_str("\\^"),
            '$' if !extended && characters.peek().is_some_and(|next| *next != '\\') => text.push_str("\\$"),
            operator @ ('(' | ')' | '{' | '}' | '|' | '+' | '?') => {
                if !extended || (operator == '{' && !characters.peek().is_some_and(char::is_ascii_digit)) {
                    text.push('\\');
                }
                text.push(operator);
                begins = extended && matches!(operator, '(' | '|');
            }
            '^' => {
                text.push('^');
                begins = true;
            }
            other => text.push(other),
        }
    }
    Some(text)
}

/// The rest of a bracket expression: in it a backslash stands for itself.
fn bracket(characters: &mut std::iter::Peekable<std::str::Chars<'_>>, text: &mut String) -> Option<()> {
    text.push('[');
    if characters.next_if_eq(&'^').is_some() {
        text.push('^');
    }
    if characters.next_if_eq(&']').is_some() {
        text.push_str("\\]");
    }
    loop {
        match characters.next()? {
            ']' => {
                text.push(']');
                return Some(());
            }
            '[' if characters.peek() == Some(&':') => {
                text.push('[');
                for class in characters.by_ref() {
                    text.push(class);
                    if class == ']' {
                        break;
                    }
                }
            }
            special @ ('[' | '\\' | '&' | '~') => text.extend(['\\', special]),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Syntax, compile};

    #[test]
    fn basic_and_extended() {
        let basic = |pattern: &str, text: &str| compile(pattern, Syntax::Basic, false).unwrap().is_match(text);
        let extended = |pattern: &str, text: &str| compile(pattern, Syntax::Extended, false).unwrap().is_match(text);
        assert!(basic("a+b", "a+b") && !basic("a+b", "aab") && basic("a\\+b", "aab"));
        assert!(extended("a+b", "aab") && extended("^(web|api)-[0-9]+$", "api-12"));
        assert!(basic("\\(web\\|api\\)", "api") && basic("*", "a*") && basic("1$", "1") && basic("[]x]", "]"));
        assert!(basic("[[:digit:]]\\{2\\}", "42") && !basic("\\.", "x") && basic("\\<in\\>", "an in b"));
        assert!(compile("WEB[a-z]", Syntax::Basic, true).unwrap().is_match("webX"));
        assert!(
            compile("(", Syntax::Extended, false).is_none()
                && compile("a.b", Syntax::Fixed, false).unwrap().is_match("a.b")
        );
    }
}
