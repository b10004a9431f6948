//! Questions without an answer.

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unanswerable {
    /// It is none.
    #[error("{0}")]
    Invalid(String),
    /// It is about something that is not there.
    #[error("{0}")]
    NotThere(String),
}

pub(super) fn invalid(error: impl std::fmt::Display) -> Unanswerable {
    Unanswerable::Invalid(error.to_string())
}
