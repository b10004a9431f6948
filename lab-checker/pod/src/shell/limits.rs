//! What one shell may hold, and its place among those of its session: a variable that doubles ends in the shell
//! that does it, with the message that a real one prints when its container has nothing left.

use std::sync::Arc;

use crate::ancestors::Ancestors;
use crate::container::Container;

/// The most bytes of one value, and of the arguments of one command.
pub(super) const TEXT: usize = 128 * 1024;
/// The most bytes of all variables of a shell.
pub(super) const VARIABLES: usize = 256 * 1024;
/// How many functions a shell may know.
pub(super) const FUNCTIONS: usize = 500;

/// The place of one running shell; it is free again when this is dropped.
pub(super) struct Place {
    container: Arc<Container>,
    /// Those of what this shell runs.
    pub(super) ancestors: Ancestors,
}

impl Place {
    /// A place, when one is left. What is about to be killed gets none and is told nothing.
    pub(super) async fn take(container: &Arc<Container>, above: &Ancestors) -> Option<Self> {
        if above.any_ended() {
            std::future::pending::<()>().await;
        }
        let free = container.session.shell_begins();
        // Dropping it gives the place back, here too.
        let place = Self { container: Arc::clone(container), ancestors: above.and_one_more() };
        free.then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.ancestors.end();
        self.container.session.shell_ends();
    }
}
