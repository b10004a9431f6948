//! What is wrong with a text that is no script.

/// How deep `$(…)`, groups and compound commands may nest.
pub(crate) const MAX_DEPTH: usize = 24;

/// Why a text is no script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParseError {
    /// A quote or bracket without its end; an interactive shell asks for more.
    #[error("syntax error: unterminated quoted string")]
    Unterminated(&'static str),
    /// The script ends inside a compound command; an interactive shell asks for more.
    #[error("syntax error: unexpected end of file")]
    UnexpectedEnd,
    /// A token where none may stand.
    #[error("syntax error: unexpected {0}")]
    Unexpected(String),
    /// `${…}` that means nothing.
    #[error("syntax error: bad substitution")]
    BadSubstitution,
    /// Nested beyond reason.
    #[error("syntax error: nested too deeply")]
    TooDeep,
}
