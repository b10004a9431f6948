//! What is known of a world from one preview to the next. Many keys that somebody types change nothing of what is shown:
//! in a comment, in half a word, or in what the API server refuses.

use std::cell::{OnceCell, RefCell};

use super::page_world::PageWorld;
use super::preview::Preview;
use super::shown::{Look, Shown, cells};
use super::tried::Tried;
use super::world::World;
use crate::check::{Cell, Checker, PictureLinks};

/// What is known of a world; of another world nothing is.
#[derive(Default)]
pub(super) struct Recall {
    /// Its flows.
    cells: OnceCell<Vec<Cell>>,
    /// What was shown last.
    last: RefCell<Option<Shown>>,
}

impl Recall {
    /// What is to be said of the world with a text in it.
    pub(super) fn preview(
        &self,
        checker: &Checker,
        world: &PageWorld,
        tried: Tried,
        (open, links): (&[String], PictureLinks<'_>),
        look: Look,
    ) -> Preview {
        let before = self.cells.get_or_init(|| cells(checker, world.objects(), world.source()));
        let shown = match self.last.take() {
            Some(last) if last.is_of(&tried.after, open) => last,
            last => Shown::new(checker, before, last, (tried.after, tried.source), (open, links), look),
        };
        let preview = shown.preview(before, &tried.text, tried.diagnostics);
        self.last.replace(Some(shown));
        preview
    }
}
