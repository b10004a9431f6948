//! Words to arguments: variables, command output, arithmetic, splitting at blanks.

use futures::FutureExt;
use futures::future::BoxFuture;

use super::syntax::{Operator, Part, Piece, Word};
use super::{Shell, arithmetic};
use crate::container::Streams;
use crate::streams::{Capture, Output};

impl Shell {
    /// The arguments that these words become.
    pub(super) async fn expand_words(&mut self, words: &[Word], streams: &Streams) -> Vec<String> {
        let mut arguments = Vec::new();
        for word in words {
            self.expand_word(word, streams, &mut arguments).await;
        }
        arguments
    }

    /// A word as one text, without splitting: an assignment's value, a redirection's file.
    pub(super) fn expand_text<'a>(&'a mut self, word: &'a Word, streams: &'a Streams) -> BoxFuture<'a, String> {
        async move {
            let mut text = String::new();
            for (index, part) in word.0.iter().enumerate() {
                let value = self.piece(&part.piece, streams).await;
                match value.strip_prefix('~') {
                    Some(rest) if index == 0 && !part.quoted && (rest.is_empty() || rest.starts_with('/')) => {
                        text.push_str(&self.variable("HOME").unwrap_or_else(|| "/root".to_owned()));
                        text.push_str(rest);
                    }
                    _ => text.push_str(&value),
                }
            }
            text
        }
        .boxed()
    }

    async fn expand_word(&mut self, word: &Word, streams: &Streams, arguments: &mut Vec<String>) {
        if let Some(text) = word.literal()
            && let Some(braces) = brace_range(text)
        {
            arguments.extend(braces);
            return;
        }
        let mut current: Option<String> = None;
        for part in &word.0 {
            if let Piece::Variable { name, operator: None } = &part.piece
                && name == "@"
                && part.quoted
            {
                self.each_argument(&mut current, arguments);
                continue;
            }
            let value = self.piece(&part.piece, streams).await;
            match part {
                Part { quoted: true, .. } | Part { piece: Piece::Text(_), .. } => {
                    current.get_or_insert_default().push_str(&value);
                }
                _ => split(&value, &mut current, arguments),
            }
        }
        let tilde = word.0.first().is_some_and(|part| !part.quoted);
        if let Some(mut text) = current {
            if tilde && (text == "~" || text.starts_with("~/")) {
                text.replace_range(..1, &self.variable("HOME").unwrap_or_else(|| "/root".to_owned()));
            }
            arguments.push(text);
        }
    }

    /// `"$@"`: every positional parameter a word of its own.
    fn each_argument(&self, current: &mut Option<String>, arguments: &mut Vec<String>) {
        for (index, value) in self.positional.iter().enumerate() {
            if index > 0
                && let Some(done) = current.take()
            {
                arguments.push(done);
            }
            current.get_or_insert_default().push_str(value);
        }
    }

    async fn piece(&mut self, piece: &Piece, streams: &Streams) -> String {
        match piece {
            Piece::Text(text) => text.clone(),
            Piece::Length(name) => self.variable(name).unwrap_or_default().chars().count().to_string(),
            Piece::Arithmetic(expression) => {
                let value = arithmetic::evaluate(expression, &mut |name| self.variable(name));
                for (name, value) in value.assignments {
                    self.variables.insert(name, value.to_string());
                }
                value.result.to_string()
            }
            Piece::Output(script) => {
                let capture = Capture::default();
                let streams = Streams { stdout: Output::Capture(capture.clone()), terminal: false, ..streams.clone() };
                let mut shell = self.fork();
                shell.script(script, &streams).await;
                self.status = shell.status;
                capture.text().trim_end_matches('\n').to_owned()
            }
            Piece::Variable { name, operator } => {
                let value = self.variable(name);
                match operator {
                    None => value.unwrap_or_default(),
                    Some((operator, word)) => self.operate(name, value, *operator, word, streams).await,
                }
            }
        }
    }

    async fn operate(
        &mut self,
        name: &str,
        value: Option<String>,
        operator: Operator,
        word: &Word,
        streams: &Streams,
    ) -> String {
        let set = value.as_ref().is_some_and(|value| !value.is_empty());
        let value = value.unwrap_or_default();
        match operator {
            Operator::Default | Operator::Assign if set => value,
            Operator::Alternative if !set => String::new(),
            Operator::Default | Operator::Alternative => self.expand_text(word, streams).await,
            Operator::Assign => {
                let text = self.expand_text(word, streams).await;
                self.variables.insert(name.to_owned(), text.clone());
                text
            }
            Operator::TrimEnd => {
                let pattern = self.expand_text(word, streams).await;
                let cut = value.char_indices().map(|(at, _)| at).rev().find(|at| matches(&pattern, &value[*at..]));
                cut.map_or(value.clone(), |at| value[..at].to_owned())
            }
            Operator::TrimStart => {
                let pattern = self.expand_text(word, streams).await;
                let ends = value.char_indices().map(|(at, _)| at).chain([value.len()]);
                let cut = ends.skip(1).find(|at| matches(&pattern, &value[..*at]));
                cut.map_or(value.clone(), |at| value[at..].to_owned())
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
            "!" => Some("8".to_owned()),
            "-" => Some(String::new()),
            "0" => Some(self.name.clone()),
            "PWD" => Some(self.directory.clone()),
            "RANDOM" => Some((rand::random::<u16>() / 2).to_string()),
            _ => match name.parse::<usize>() {
                Ok(number) => self.positional.get(number - 1).cloned(),
                Err(_) => self.variables.get(name).cloned(),
            },
        }
    }
}

/// Splits an unquoted value at blanks.
fn split(value: &str, current: &mut Option<String>, arguments: &mut Vec<String>) {
    for (index, field) in value.split([' ', '\t', '\n']).enumerate() {
        if index > 0
            && let Some(done) = current.take()
        {
            arguments.push(done);
        }
        if !field.is_empty() {
            current.get_or_insert_default().push_str(field);
        }
    }
}

/// `{1..5}`, as bash has it.
fn brace_range(text: &str) -> Option<Vec<String>> {
    let (from, to) = text.strip_prefix('{')?.strip_suffix('}')?.split_once("..")?;
    let (from, to): (i64, i64) = (from.parse().ok()?, to.parse().ok()?);
    if (to - from).abs() > 10_000 {
        return None;
    }
    let up = from.min(to)..=from.max(to);
    Some(if from <= to { up.map(|n| n.to_string()).collect() } else { up.rev().map(|n| n.to_string()).collect() })
}

/// Whether a text matches a pattern of `*` and `?`.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == text[from] => {
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
    pattern[at..].iter().all(|rest| *rest == '*')
}
