//! What is wrong with a course file: where, what, and what to do. Loading and proving both speak in
//! problems, so that an author sees all of them in one form.

use std::fmt;

use serde::Serialize;

/// One thing that is wrong with a course.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The file, relative to the course directory.
    pub file: String,
    /// The line, counted from 1, when it is known.
    pub line: Option<usize>,
    /// The field, such as `reachability.except[0].to`, when there is one.
    pub field: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// A course that cannot be loaded: every problem of it, in the order of the files.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", list(.0))]
pub struct CourseErrors(pub Vec<Problem>);

fn list(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

impl Problem {
    /// A problem of a whole file.
    pub fn new(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: file.into(), line: None, field: None, message: message.into(), help: None }
    }

    /// The same problem at a line.
    #[must_use]
    pub fn at_line(mut self, line: impl Into<Option<usize>>) -> Self {
        self.line = line.into();
        self
    }

    /// The same problem in a text that begins at this line of its file.
    pub(crate) fn below(mut self, first_line: usize) -> Self {
        self.line = Some(self.line.unwrap_or(1) + first_line - 1);
        self
    }

    /// The same problem of a field.
    #[must_use]
    pub fn of_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// The same problem with advice.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl From<manifest::Diagnostic> for Problem {
    fn from(diagnostic: manifest::Diagnostic) -> Self {
        Self {
            file: diagnostic.file,
            line: Some(diagnostic.line),
            field: diagnostic.field,
            message: diagnostic.message,
            help: diagnostic.help,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(field) = &self.field {
            write!(f, ": {field}")?;
        }
        write!(f, ": {}", self.message)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}
