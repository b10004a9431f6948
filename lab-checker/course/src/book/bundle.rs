//! Each lab's folder as one value, for pages that judge answers by themselves.

use super::course::Course;
use crate::html::Rendered;
use crate::labs::{FIRST_TRY, Lab};
use crate::workbench::{Bundle, TryBundle};

/// What a page shows of a lab beside its task.
fn markdown(lab: &Lab) -> impl Iterator<Item = &str> {
    let hints = lab.hints.iter().chain(lab.mistakes.iter().map(|mistake| &mistake.hint));
    hints.chain([&lab.solution.explanation]).map(String::as_str)
}

impl Course {
    /// The bundle of each lab, its solution and its mistakes among the files: for a course without grades alone.
    pub fn bundles(&self) -> impl Iterator<Item = Bundle> {
        self.labs.iter().map(|lab| {
            let folder = format!("labs/{}/", lab.name);
            let own = self.files.under(&folder);
            let files = own.filter_map(|(path, text)| Some((path.strip_prefix(&folder)?.to_owned(), text.to_owned())));
            Bundle {
                id: lab.name.clone(),
                title: lab.title.clone(),
                files: files.collect(),
                rendered: Rendered::of(markdown(lab)),
            }
        })
    }

    /// The first try, with the lab that it plays in; nothing when the course has none.
    #[must_use]
    pub fn try_bundle(&self) -> Option<TryBundle> {
        let first = self.first_try.as_ref()?;
        let lab = self.bundles().find(|bundle| bundle.id == first.lab.name)?;
        Some(TryBundle { lab, text: self.files.text(FIRST_TRY)?.to_owned() })
    }
}
