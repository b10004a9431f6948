//! The files of a course, read once into memory (`sources` says from where).
//! Paths inside a course are resolved against this list and never against the disk, so nothing that an
//! author or a learner writes can name a file outside of it.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::{CourseErrors, Problem};

/// The files of a course by path, `/` between the parts.
#[derive(Clone, Debug, Default)]
pub(crate) struct CourseFiles {
    pub(super) texts: BTreeMap<String, String>,
    /// Files that are not text, such as pictures: known, but not read.
    pub(super) others: BTreeSet<String>,
}

impl CourseFiles {
    /// These texts, by path.
    pub(crate) fn from_texts(texts: impl IntoIterator<Item = (String, String)>) -> Result<Self, CourseErrors> {
        let mut files = Self::default();
        let mut problems = Vec::new();
        for (path, text) in texts {
            files.add(path, text.into_bytes(), &mut problems);
        }
        if problems.is_empty() { Ok(files) } else { Err(CourseErrors(problems)) }
    }

    pub(super) fn add(&mut self, path: String, content: Vec<u8>, problems: &mut Vec<Problem>) {
        if !is_text(&path) {
            self.others.insert(path);
            return;
        }
        match String::from_utf8(content) {
            Ok(text) => _ = self.texts.insert(path, text),
            Err(error) => {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
                problems.push(Problem::new(path, "not UTF-8 text").at_line(line).with_help("save it as UTF-8"));
            }
        }
    }

    /// The text of a file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// Whether there is such a file, text or not.
    pub(crate) fn contains(&self, path: &str) -> bool {
        self.texts.contains_key(path) || self.others.contains(path)
    }

    /// The text files under a folder (written with a `/` at its end), sorted by path.
    pub(crate) fn under<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.texts
            .range(folder.to_owned()..)
            .take_while(move |(path, _)| path.starts_with(folder))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The names of the folders directly under a folder.
    pub(crate) fn folders(&self, folder: &str) -> BTreeSet<String> {
        let rest = |path: &str| Some(path.strip_prefix(folder)?.split_once('/')?.0.to_owned());
        self.texts.keys().chain(&self.others).filter_map(|path| rest(path)).collect()
    }
}

/// What a relative path means in a file; `None` when it leaves the course.
pub(crate) fn resolve(file: &str, relative: &str) -> Option<String> {
    if relative.starts_with('/') || relative.contains('\\') {
        return None;
    }
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop()?,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

pub(super) fn is_text(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(extension, "md" | "toml" | "yaml" | "yml" | "json")
}
