//! A lab's folder as one value, for a page that judges answers by itself.

use std::collections::BTreeMap;

use serde::Serialize;

use super::course::Course;

/// The files of a lab, its solution and its mistakes among them: for a course without grades alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bundle<'a> {
    /// The lab's name.
    pub id: &'a str,
    /// Its title.
    pub title: &'a str,
    /// Its text files, by their path in its folder.
    pub files: BTreeMap<&'a str, &'a str>,
}

impl Course {
    /// The bundle of each lab.
    pub fn bundles(&self) -> impl Iterator<Item = Bundle<'_>> {
        self.labs.iter().map(|lab| {
            let folder = format!("labs/{}/", lab.name);
            let own = self.files.under("labs/").filter_map(|(path, text)| Some((path.strip_prefix(&folder)?, text)));
            Bundle { id: &lab.name, title: &lab.title, files: own.collect() }
        })
    }
}
