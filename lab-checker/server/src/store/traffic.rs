//! How much of attempts is read: what a page reads and does not show is what a large class would wait for.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// What has been read of attempts. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Traffic(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    rows: AtomicU64,
    bytes: AtomicU64,
}

impl Traffic {
    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.0.rows.load(Ordering::Relaxed)
    }

    /// How many bytes of submissions and reports.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// A row was read, with so many bytes of submissions and reports.
    pub(super) fn read(&self, bytes: usize) {
        self.0.rows.fetch_add(1, Ordering::Relaxed);
        self.0.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}
