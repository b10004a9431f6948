//! Each lab's folder as one value, for pages that judge answers by themselves.

use super::course::Course;
use crate::labs::FIRST_TRY;
use crate::workbench::{Bundle, TryBundle};

impl Course {
    /// The bundle of each lab, its solution and its mistakes among the files: for a course without grades alone.
    pub fn bundles(&self) -> impl Iterator<Item = Bundle> {
        self.labs.iter().map(|lab| {
            let folder = format!("labs/{}/", lab.name);
            let own = self.files.under(&folder);
            let files = own.filter_map(|(path, text)| Some((path.strip_prefix(&folder)?.to_owned(), text.to_owned())));
            Bundle { id: lab.name.clone(), title: lab.title.clone(), files: files.collect() }
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
