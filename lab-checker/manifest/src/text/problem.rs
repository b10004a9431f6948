//! What is wrong at some place of a text, before its file is known.

use granit_parser::{ErrorKind, ScanError};

use super::diagnostic::Severity;
use super::position::Position;

/// Something that is wrong at a place of a text.
#[derive(Debug)]
pub(crate) struct TextProblem {
    pub(crate) position: Position,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) severity: Severity,
    /// The path of the field inside its object.
    pub(crate) field: Option<String>,
    /// The API server's own sentence.
    pub(crate) api_server: Option<String>,
    /// Whether there is no point in reading on.
    pub(crate) fatal: bool,
}

impl TextProblem {
    pub(crate) fn error(position: Position, message: impl Into<String>) -> Self {
        Self {
            position,
            message: message.into(),
            help: None,
            severity: Severity::Error,
            field: None,
            api_server: None,
            fatal: false,
        }
    }

    pub(crate) fn warning(position: Position, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(position, message) }
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    pub(crate) fn field(self, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..self }
    }

    pub(crate) fn api_server(self, sentence: impl Into<String>) -> Self {
        Self { api_server: Some(sentence.into()), ..self }
    }

    pub(crate) fn fatal(self) -> Self {
        Self { fatal: true, ..self }
    }

    /// A syntax error of the parser in words that help.
    pub(crate) fn syntax(error: &ScanError, text: &str) -> Self {
        let marker = error.marker();
        let mut position = Position { line: marker.line().max(1), column: marker.col() + 1, length: 1 };
        let line = text.lines().nth(position.line - 1).unwrap_or_default();
        let (message, help) = match error.kind() {
            _ if tab_in_indentation(line) => {
                position.column = line.chars().position(|c| c == '\t').unwrap_or_default() + 1;
                ("a tab stands in the indentation".to_owned(), Some("YAML is indented with spaces only"))
            }
            ErrorKind::UnknownAnchor => (
                "this alias refers to an anchor that does not stand before it".to_owned(),
                Some("an unquoted `*` begins an alias; put the value in quotes if you mean a text"),
            ),
            ErrorKind::UnexpectedCharacter { character } => {
                (format!("`{character}` cannot begin a value here"), Some("put the value in quotes"))
            }
            _ if error.info().contains("unclosed") => {
                (lower_first(&error.info()), Some("add the bracket, brace or quote that is missing"))
            }
            _ => (lower_first(&error.info()), indentation_help(line)),
        };
        Self { help: help.map(str::to_owned), ..Self::error(position, format!("this is not YAML: {message}")) }
    }
}

fn tab_in_indentation(line: &str) -> bool {
    line.chars().take_while(|c| c.is_whitespace()).any(|c| c == '\t')
}

/// `key: value: more` and `key:value` are what people mistype most.
fn indentation_help(line: &str) -> Option<&'static str> {
    let content = line.trim_start();
    if content.contains(": ") || content.ends_with(':') {
        Some("compare the indentation of this line with the lines above it")
    } else if content.contains(':') {
        Some("write a space after the colon")
    } else {
        None
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
