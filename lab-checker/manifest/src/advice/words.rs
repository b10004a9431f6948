//! What is said about a mistake.

/// A sentence, and what to try.
pub(super) type Words = Option<(String, String)>;
