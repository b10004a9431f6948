//! What one shell may hold, and its place among those of its session: a variable that doubles ends in the shell
//! that does it, with the message that a real one prints when its container has nothing left.

use std::sync::Arc;

use crate::container::Container;

/// The most bytes of one value, and of the arguments of one command.
pub(super) const TEXT: usize = 128 * 1024;
/// The most bytes of all variables of a shell.
pub(super) const VARIABLES: usize = 256 * 1024;
/// How many functions a shell may know.
pub(super) const FUNCTIONS: usize = 500;

/// The place of one running shell; it is free again when this is dropped.
pub(super) struct Place(Arc<Container>);

impl Place {
    /// A place, when one is left.
    pub(super) fn take(container: &Arc<Container>) -> Option<Self> {
        let free = container.session.shell_begins();
        // Dropping it gives the place back, here too.
        let place = Self(Arc::clone(container));
        free.then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.session.shell_ends();
    }
}
