//! The lines of a text, for showing what a diagnostic is about.

use super::diagnostic::Diagnostic;
use super::position::Position;
use super::problem::TextProblem;

/// The lines of a text, for showing what a diagnostic is about.
pub(crate) struct Lines<'t> {
    file: &'t str,
    lines: Vec<&'t str>,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, lines: split(text).collect() }
    }

    pub(crate) fn diagnostic(&self, problem: TextProblem) -> Diagnostic {
        let Position { line, column, length } = problem.position;
        Diagnostic {
            file: self.file.to_owned(),
            line,
            column,
            length,
            source_line: (*self.lines.get(line.saturating_sub(1)).unwrap_or(&"")).to_owned(),
            field: problem.field,
            message: problem.message,
            help: problem.help,
            api_server: problem.api_server,
            severity: problem.severity,
        }
    }
}

/// The lines of a text as YAML breaks them: a carriage return alone ends a line too.
fn split(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('\r'))
}
