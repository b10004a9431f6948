//! Each lab's folder as one value, for pages that judge answers by themselves.

use super::course::Course;
use crate::workbench::Bundle;

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
}
