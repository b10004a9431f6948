//! What is wrong with a learner's file: a place, a sentence, and what to try. Not an error of ours.

use std::fmt;

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The object is used, but probably does not mean what was meant.
    Warning,
    /// The object cannot be used: a real API server refuses it too.
    Error,
}

/// One thing that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The file, as it was named; `-` is the standard input.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How many characters are meant, at least 1.
    pub length: usize,
    /// The text of that line, without its line break.
    pub source_line: String,
    /// The path of the field inside its object, such as `spec.ingress[0].ports[0].port`.
    pub field: Option<String>,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to try.
    pub help: Option<String>,
    /// What an API server answers to the object, word by word, when it refuses it for this.
    pub api_server: Option<String>,
    /// How bad it is.
    pub severity: Severity,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}
