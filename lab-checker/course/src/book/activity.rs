//! Which lab or quiz: what a lesson shows and a learner attempts.

use serde::Serialize;

/// A lab or a quiz.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    /// A lab.
    Lab,
    /// A quiz.
    Quiz,
}

/// Which lab or quiz.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
pub struct Activity {
    /// Lab or quiz.
    pub kind: ActivityKind,
    /// Its name.
    pub name: String,
}

impl Activity {
    /// A lab.
    pub fn lab(name: impl Into<String>) -> Self {
        Self { kind: ActivityKind::Lab, name: name.into() }
    }

    /// A quiz.
    pub fn quiz(name: impl Into<String>) -> Self {
        Self { kind: ActivityKind::Quiz, name: name.into() }
    }
}
