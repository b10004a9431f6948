//! Showing what is wrong in a manifest: the file, the place, the line of text, and what to try.

use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use manifest::{Diagnostic, Severity};

/// More than this many are counted, not shown.
const SHOWN: usize = 50;

/// Prints all diagnostics on stderr, the errors and the warnings in the order of the files.
pub(crate) fn show(diagnostics: &[Diagnostic]) -> io::Result<()> {
    let mut stderr = anstream::stderr().lock();
    let renderer = Renderer::styled().term_width(100);
    for diagnostic in diagnostics.iter().take(SHOWN) {
        writeln!(stderr, "{}\n", renderer.render(&report(diagnostic)))?;
    }
    if let Some(more) = diagnostics.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        writeln!(stderr, "… and {more} more")?;
    }
    Ok(())
}

fn report(diagnostic: &Diagnostic) -> Vec<Group<'_>> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let label = diagnostic.field.as_deref().unwrap_or_default();
    let annotation = AnnotationKind::Primary.span(span(diagnostic)).label(label);
    let file = if diagnostic.file == "-" { "<stdin>" } else { &diagnostic.file };
    let snippet =
        Snippet::source(&diagnostic.source_line).line_start(diagnostic.line.max(1)).path(file).annotation(annotation);
    let group = level.primary_title(&diagnostic.message).element(snippet);
    vec![match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help)),
        None => group,
    }]
}

/// The bytes of the line that are meant; positions count characters.
fn span(diagnostic: &Diagnostic) -> std::ops::Range<usize> {
    let line = &diagnostic.source_line;
    let at = |character: usize| line.char_indices().nth(character).map_or(line.len(), |(byte, _)| byte);
    let start = diagnostic.column.saturating_sub(1);
    at(start)..at(start + diagnostic.length)
}
