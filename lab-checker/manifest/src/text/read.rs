//! Reading YAML: over the parser's events instead of through serde. Only so does every value keep its
//! place, does a broken document not hide the next one, and are plain scalars read as the API
//! server's own YAML library reads them (`on`, `y` and `no` are booleans, `0755` is octal).

use granit_parser::{Event, Options, Parser, Span};

use super::build::{Builder, MAX_DEPTH};
use super::document::Documents;
use super::position::Position;
use super::problem::TextProblem;

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
