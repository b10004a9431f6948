//! The shells that a process descends from. What is behind `&` ends with its shell, but takes a moment to go: from
//! the end of the shell on, none of its descendants may begin anything, or a fork bomb would grow as fast as it dies.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The shells that a process runs inside of, the innermost first.
#[derive(Clone, Debug, Default)]
pub struct Ancestors(Option<Arc<Ancestor>>);

#[derive(Debug, Default)]
struct Ancestor {
    ended: AtomicBool,
    above: Ancestors,
}

impl Ancestors {
    /// Those of what a new shell runs: itself, too.
    pub(crate) fn and_one_more(&self) -> Self {
        Self(Some(Arc::new(Ancestor { ended: AtomicBool::new(false), above: self.clone() })))
    }

    /// The innermost has ended.
    pub(crate) fn end(&self) {
        if let Some(innermost) = &self.0 {
            innermost.ended.store(true, Ordering::Relaxed);
        }
    }

    /// Whether one of them has ended, so that what runs inside it is about to be killed.
    pub(crate) fn any_ended(&self) -> bool {
        let mut next = &self.0;
        while let Some(ancestor) = next {
            if ancestor.ended.load(Ordering::Relaxed) {
                return true;
            }
            next = &ancestor.above.0;
        }
        false
    }
}
