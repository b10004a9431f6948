//! Words to arguments: variables, command output, arithmetic, splitting at blanks, file names.

use futures::FutureExt;
use futures::future::BoxFuture;

use super::state::Shell;
use super::{arithmetic, limits, pattern};
use crate::files::absolute;
use crate::script::syntax::{Extent, Operator, Part, Piece, Word};
use crate::streams::Streams;
use crate::streams::{Capture, Output};

/// How many file names one pattern may become.
const FILES: usize = 1000;

/// The longest arithmetic expression.
const EXPRESSION: usize = 4096;

/// An argument under construction: its text, and the same as a pattern in which quoted characters stand for
/// themselves.
#[derive(Default)]
struct Field {
    text: String,
    pattern: String,
}

impl Field {
    fn push(&mut self, text: &str, quoted: bool) {
        self.text.push_str(text);
        if quoted {
            self.pattern.push_str(&pattern::escape(text));
        } else {
            self.pattern.push_str(text);
        }
    }
}

impl Shell {
    /// The arguments that these words become.
    pub(super) async fn expand_words(&mut self, words: &[Word], streams: &Streams) -> Vec<String> {
        let mut arguments = Vec::new();
        let mut size = 0;
        for word in words {
            let before = arguments.len();
            self.expand_word(word, streams, &mut arguments).await;
            size += arguments[before..].iter().map(|argument| argument.len() + 8).sum::<usize>();
            if size > 8 * limits::TEXT {
                self.fail("out of memory");
            }
            if self.failure.is_some() {
                return Vec::new();
            }
        }
        arguments
    }

    /// A word as one text, without splitting: an assignment's value, a redirection's file.
    pub(super) fn expand_text<'a>(&'a mut self, word: &'a Word, streams: &'a Streams) -> BoxFuture<'a, String> {
        async move { self.whole(word, streams).await.text }.boxed()
    }

    /// A word as a pattern: what is quoted in it stands for itself.
    pub(super) fn expand_pattern<'a>(&'a mut self, word: &'a Word, streams: &'a Streams) -> BoxFuture<'a, String> {
        async move { self.whole(word, streams).await.pattern }.boxed()
    }

    async fn whole(&mut self, word: &Word, streams: &Streams) -> Field {
        let mut field = Field::default();
        for (index, part) in word.0.iter().enumerate() {
            let value = self.piece(&part.piece, streams).await;
            if field.text.len() + value.len() > limits::TEXT {
                self.fail("out of memory");
                break;
            }
            let home = index == 0 && !part.quoted && (value == "~" || value.starts_with("~/"));
            if home {
                field.push(&self.home(), true);
                field.push(&value[1..], false);
            } else {
                field.push(&value, part.quoted);
            }
        }
        field
    }

    fn home(&self) -> String {
        self.variable("HOME").unwrap_or_else(|| "/root".to_owned())
    }

    async fn expand_word(&mut self, word: &Word, streams: &Streams, arguments: &mut Vec<String>) {
        if let Some(text) = word.literal()
            && let Some(braces) = braces(text)
        {
            arguments.extend(braces);
            return;
        }
        let mut fields: Vec<Field> = Vec::new();
        let mut open = false;
        let mut size = 0;
        for (index, part) in word.0.iter().enumerate() {
            if let Piece::Variable { name, operator: None } = &part.piece
                && name == "@"
                && part.quoted
            {
                for (index, value) in self.positional.iter().enumerate() {
                    if index > 0 {
                        open = false;
                    }
                    last(&mut fields, &mut open).push(value, true);
                }
                continue;
            }
            let value = self.piece(&part.piece, streams).await;
            size += value.len();
            if size > 2 * limits::TEXT {
                self.fail("out of memory");
                return;
            }
            match part {
                Part { quoted: false, piece: Piece::Text(text) }
                    if index == 0 && (text == "~" || text.starts_with("~/")) =>
                {
                    let field = last(&mut fields, &mut open);
                    field.push(&self.home(), true);
                    field.push(&text[1..], false);
                }
                Part { quoted: true, .. } | Part { piece: Piece::Text(_), .. } => {
                    last(&mut fields, &mut open).push(&value, part.quoted);
                }
                _ => split(&value, &self.separators(), &mut fields, &mut open),
            }
        }
        for field in fields {
            let files = if pattern::is_pattern(&field.pattern) { self.files(&field.pattern) } else { Vec::new() };
            if files.is_empty() {
                arguments.push(field.text);
            } else {
                arguments.extend(files);
            }
        }
    }

    fn separators(&self) -> String {
        self.variable("IFS").unwrap_or_else(|| " \t\n".to_owned())
    }

    /// The names of the files that match a pattern.
    fn files(&self, pattern: &str) -> Vec<String> {
        let (root, rest) = pattern.strip_prefix('/').map_or(("", pattern), |rest| ("/", rest));
        let mut found = vec![root.to_owned()];
        for part in rest.split('/') {
            let mut next = Vec::new();
            for base in &found {
                let folder = absolute(&self.directory, base);
                let separator = if base.is_empty() || base.ends_with('/') { "" } else { "/" };
                if !pattern::is_pattern(part) {
                    next.push(format!("{base}{separator}{}", pattern::unescape(part)));
                    continue;
                }
                let names = self.container.list(&folder).into_iter();
                let names = names.filter(|name| name.starts_with('.') == part.starts_with('.'));
                next.extend(
                    names
                        .filter(|name| pattern::matches(part, name))
                        .map(|name| format!("{base}{separator}{name}"))
                        .take(FILES),
                );
            }
            found = next;
            found.truncate(FILES);
        }
        let exists = |path: &String| {
            let path = absolute(&self.directory, path);
            self.container.is_directory(&path) || self.container.read_file(&path).is_some()
        };
        found.retain(exists);
        found
    }

    async fn piece(&mut self, piece: &Piece, streams: &Streams) -> String {
        match piece {
            Piece::Text(text) => text.clone(),
            Piece::Length(name) => self.variable(name).unwrap_or_default().chars().count().to_string(),
            Piece::Arithmetic(expression) => {
                let text = self.expand_text(expression, streams).await;
                self.calculate(&text).to_string()
            }
            Piece::Output(script) => {
                let capture = Capture::default();
                let streams = Streams { stdout: Output::Capture(capture.clone()), terminal: false, ..streams.clone() };
                let Some(mut shell) = self.fork(&streams).await else { return String::new() };
                tokio::select! {
                    biased;
                    _ = shell.script(script, &streams) => self.status = shell.status,
                    // A command that prints without end would never be done.
                    () = capture.filled() => self.fail("out of memory"),
                }
                capture.text().trim_end_matches('\n').to_owned()
            }
            Piece::Variable { name, operator } => {
                let value = self.variable(name);
                match operator {
                    None => {
                        if value.is_none() && self.strict && !matches!(name.as_str(), "@" | "*") {
                            self.fail(&format!("{name}: parameter not set"));
                        }
                        value.unwrap_or_default()
                    }
                    Some((operator, word)) => self.operate(name, value, *operator, word, streams).await,
                }
            }
        }
    }

    /// The value of an arithmetic expression; what it sets is set.
    pub(super) fn calculate(&mut self, expression: &str) -> i64 {
        if expression.len() > EXPRESSION {
            self.fail("arithmetic syntax error");
            return 0;
        }
        let value = arithmetic::evaluate(expression, &mut |name| self.variable(name));
        self.assign(value.assignments.into_iter().map(|(name, value)| (name, value.to_string())));
        if let Some(problem) = value.problem {
            self.fail(problem);
        }
        value.result
    }

    async fn operate(
        &mut self,
        name: &str,
        value: Option<String>,
        operator: Operator,
        word: &Word,
        streams: &Streams,
    ) -> String {
        let set = value.is_some();
        let full = value.as_ref().is_some_and(|value| !value.is_empty());
        let value = value.unwrap_or_default();
        match operator {
            Operator::Default { when_empty } if full || (set && !when_empty) => value,
            Operator::Alternative { when_empty } if !(full || (set && !when_empty)) => String::new(),
            Operator::Assign | Operator::Require if full => value,
            Operator::Default { .. } | Operator::Alternative { .. } => self.expand_text(word, streams).await,
            Operator::Assign => {
                let text = self.expand_text(word, streams).await;
                self.assign([(name.to_owned(), text.clone())]);
                text
            }
            Operator::Require => {
                let text = self.expand_text(word, streams).await;
                let why = if text.is_empty() { "parameter not set or null" } else { &text };
                self.fail(&format!("{name}: {why}"));
                String::new()
            }
            Operator::TrimEnd(extent) => {
                let pattern = self.expand_pattern(word, streams).await;
                match pattern::end(&pattern, &value, extent == Extent::Longest) {
                    Some(at) => value[..at].to_owned(),
                    None => value,
                }
            }
            Operator::TrimStart(extent) => {
                let pattern = self.expand_pattern(word, streams).await;
                match pattern::start(&pattern, &value, extent == Extent::Longest) {
                    Some(at) => value[at..].to_owned(),
                    None => value,
                }
            }
            Operator::Replace(extent) => {
                let both = self.expand_pattern(word, streams).await;
                let (old, new) = both.split_once('/').unwrap_or((&both, ""));
                pattern::replace(&value, old, &pattern::unescape(new), extent == Extent::Longest)
            }
            Operator::Upper => value.to_uppercase(),
            Operator::Lower => value.to_lowercase(),
            Operator::Slice => {
                let text = self.expand_text(word, streams).await;
                let (from, length) = text.split_once(':').map_or((text.as_str(), None), |(from, to)| (from, Some(to)));
                let count = i64::try_from(value.chars().count()).unwrap_or(i64::MAX);
                let from = self.calculate(from);
                let from = if from < 0 { count.saturating_add(from).max(0) } else { from };
                let length = length.map_or(count, |length| self.calculate(length));
                let length = if length < 0 { count.saturating_add(length).saturating_sub(from) } else { length };
                let number = |number: i64| usize::try_from(number).unwrap_or(0);
                value.chars().skip(number(from)).take(number(length)).collect()
            }
        }
    }

    /// The value of a variable or special parameter.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        match name {
            "?" => Some(self.status.to_string()),
            "#" => Some(self.positional.len().to_string()),
            "@" | "*" => Some(self.positional.join(" ")),
            "$" => Some("7".to_owned()),
            "PPID" => Some("0".to_owned()),
            "!" => self.jobs.last.map(|id| id.to_string()),
            "-" => Some(String::new()),
            "0" => Some(self.name.clone()),
            "PWD" => Some(self.directory.clone()),
            "RANDOM" => Some((rand::random::<u16>() / 2).to_string()),
            _ => match name.parse::<usize>() {
                Ok(number) => self.positional.get(number.checked_sub(1)?).cloned(),
                Err(_) => self.variables.get(name).cloned(),
            },
        }
    }
}

/// The field that the next text belongs to.
fn last<'a>(fields: &'a mut Vec<Field>, open: &mut bool) -> &'a mut Field {
    if !*open {
        fields.push(Field::default());
        *open = true;
    }
    let last = fields.len() - 1;
    &mut fields[last]
}

/// Splits an unquoted value at the characters of `IFS`: blanks count once however many there are, others end
/// a field each.
fn split(value: &str, separators: &str, fields: &mut Vec<Field>, open: &mut bool) {
    for character in value.chars() {
        if !separators.contains(character) {
            last(fields, open).push(character.encode_utf8(&mut [0; 4]), false);
        } else if character.is_whitespace() {
            *open = false;
        } else {
            last(fields, open);
            *open = false;
        }
    }
}

/// `{1..5}` and `a{x,y}b`, as bash has them.
fn braces(text: &str) -> Option<Vec<String>> {
    let (before, rest) = text.split_once('{')?;
    let (inside, after) = rest.split_once('}')?;
    if before.ends_with('$') {
        return None;
    }
    let surround = |middle: String| format!("{before}{middle}{after}");
    if let Some((from, to)) = inside.split_once("..") {
        let (from, to): (i32, i32) = (from.parse().ok()?, to.parse().ok()?);
        if from.abs_diff(to) > 10_000 || text.len() > 100 {
            return None;
        }
        let up = (from.min(to)..=from.max(to)).map(|number| surround(number.to_string()));
        return Some(if from <= to { up.collect() } else { up.rev().collect() });
    }
    let parts: Vec<&str> = inside.split(',').collect();
    (parts.len() > 1).then(|| parts.into_iter().map(|part| surround(part.to_owned())).collect())
}
