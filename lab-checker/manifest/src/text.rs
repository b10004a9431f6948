//! YAML and JSON text: the one place that knows the format.
//!
//! Reading goes over the parser's events instead of through serde: only so does every value keep its
//! place, does a broken document not hide the next one, and are plain scalars read as the API
//! server's own YAML library reads them (`on`, `y` and `no` are booleans, `0755` is octal), see
//! [`crate::text::scalar`]. Writing goes through serde.

mod build;
mod problem;
mod scalar;

use granit_parser::{Event, Options, Parser, Span};
use serde_json::Value;

use crate::position::{Position, Positions};
use build::Builder;
pub(crate) use problem::TextProblem;

/// One document of a stream.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) value: Value,
    pub(crate) positions: Positions,
}

/// What a text holds: the documents that could be read, and everything that is wrong.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    pub(crate) documents: Vec<Document>,
    pub(crate) problems: Vec<TextProblem>,
}

/// Deeper nesting is refused: no Kubernetes object needs half of it.
const MAX_DEPTH: usize = 100;
/// More values in one text are refused.
const MAX_VALUES: usize = 8_000_000;
/// More values copied by aliases (`*name`) in one text are refused: this is how small files become
/// huge ones.
const MAX_COPIED: usize = 50_000;

/// Reads every document of a YAML or JSON stream.
pub(crate) fn read(text: &str) -> Documents {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut read = Documents::default();
    let mut builder = Builder::default();
    loop {
        let problem = match parser.next_event() {
            None => return read,
            Some(Err(error)) => TextProblem::syntax(&error, text),
            Some(Ok((Event::StreamEnd, _))) => return read,
            Some(Ok((event, span))) => match take(&mut builder, event, span, &mut read) {
                Ok(()) => continue,
                Err(problem) => *problem,
            },
        };
        let fatal = problem.fatal;
        read.problems.push(problem);
        builder.abandon();
        if fatal || !matches!(parser.proceed_next_document(), Ok(true)) {
            return read;
        }
    }
}

/// Reads JSON documents, one after the other or with `---` between them, several times as fast as [`read`]
/// does; each is said to stand where it begins. `None` when anything is no JSON object: then it is for
/// [`read`].
pub(crate) fn read_json(text: &str) -> Option<Vec<Document>> {
    let (mut rest, mut line) = next_json(text.strip_prefix('\u{feff}').unwrap_or(text), 1);
    let mut documents = Vec::new();
    while !rest.is_empty() {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let value = values.next()?.ok().filter(Value::is_object)?;
        let (document, left) = rest.split_at(values.byte_offset());
        let start = Position { line, column: 1, length: 1 };
        documents.push(Document { value, positions: Positions { value: start, ..Positions::default() } });
        (rest, line) = next_json(left, line + document.matches('\n').count());
    }
    (!documents.is_empty()).then_some(documents)
}

/// Skips what may stand before a JSON document: space, and separators on lines of their own. Returns
/// the line where the document begins.
fn next_json(text: &str, line: usize) -> (&str, usize) {
    let mut rest = text;
    loop {
        let begins = rest.trim_start();
        let skipped = &text[..text.len() - begins.len()];
        let own_line = skipped.ends_with('\n') || skipped.is_empty() && line == 1;
        let ends_there = |behind: &&str| behind.is_empty() || behind.starts_with(['\r', '\n']);
        match begins.strip_prefix("---").filter(ends_there) {
            Some(behind) if own_line => rest = behind,
            _ => return (begins, line + skipped.matches('\n').count()),
        }
    }
}

fn take(builder: &mut Builder, event: Event<'_>, span: Span, read: &mut Documents) -> Result<(), Box<TextProblem>> {
    let position = position(&span);
    match event {
        Event::Scalar(text, style, anchor, tag) => {
            builder.scalar(&text, style, tag.as_deref(), anchor, position)?;
        }
        Event::SequenceStart(_, anchor, _) => builder.open_list(anchor, position)?,
        Event::MappingStart(_, anchor, _) => builder.open_fields(anchor, position)?,
        Event::SequenceEnd | Event::MappingEnd => builder.close()?,
        Event::Alias(anchor) => builder.alias(anchor, position)?,
        Event::DocumentEnd => {
            if let Some(document) = builder.finish(&mut read.problems) {
                read.documents.push(document);
            }
        }
        _ => {}
    }
    Ok(())
}

fn position(span: &Span) -> Position {
    let (start, end) = (span.start, span.end);
    let length = if start.line() == end.line() { end.col().saturating_sub(start.col()) } else { 1 };
    Position { line: start.line(), column: start.col() + 1, length: length.max(1) }
}

/// Writes a value as YAML, in the shape that `kubectl get -o yaml` has.
#[must_use]
pub fn to_yaml(value: &Value) -> String {
    serde_yaml::to_string(value).expect("a JSON value has only what YAML can write")
}

#[cfg(test)]
mod tests;
