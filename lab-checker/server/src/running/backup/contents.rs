//! What a backup holds, counted.

/// What a backup holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// When it was made, RFC 3339.
    pub made_at: String,
    /// How many rows.
    pub rows: u64,
    /// How many learners.
    pub learners: u64,
    /// How many attempts.
    pub attempts: u64,
}

impl Contents {
    pub(super) fn count(&mut self, table: &str) {
        self.rows += 1;
        match table {
            "learners" => self.learners += 1,
            "attempts" => self.attempts += 1,
            _ => {}
        }
    }
}
