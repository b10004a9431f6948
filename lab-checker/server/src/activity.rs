//! What a learner does for points, as the course names it, and the words for it in the database and in
//! addresses.

pub use course::{Activity, ActivityKind};

/// The word for a kind: `lab` or `quiz`.
#[must_use]
pub const fn word(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Lab => "lab",
        ActivityKind::Quiz => "quiz",
    }
}

/// The kind that a word stands for.
#[must_use]
pub fn kind(word: &str) -> Option<ActivityKind> {
    match word {
        "lab" => Some(ActivityKind::Lab),
        "quiz" => Some(ActivityKind::Quiz),
        _ => None,
    }
}
