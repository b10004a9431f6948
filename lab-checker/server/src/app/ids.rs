//! The secret behind the ids that each learner sees instead of the author's.

use std::fmt;

use course::OwnIds;

/// Makes each learner's own ids.
#[derive(Clone)]
pub(crate) struct Ids(String);

impl Ids {
    /// With the secret of this installation.
    pub(crate) fn new(secret: String) -> Self {
        Self(secret)
    }

    /// Of the learner with this id.
    pub(crate) fn of(&self, learner: &str) -> OwnIds {
        OwnIds::new(self.0.as_bytes(), learner)
    }

    /// Of who has not signed in. They lead to no attempt.
    pub(crate) fn of_nobody(&self) -> OwnIds {
        self.of("")
    }
}

impl fmt::Debug for Ids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ids")
    }
}
