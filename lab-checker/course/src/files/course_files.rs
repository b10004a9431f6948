//! The files of a course, read once into memory: from a directory, or from the copy in the binary.
//! Paths inside a course are resolved against this list and never against the disk, so nothing that an
//! author or a learner writes can name a file outside of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::embedded::embedded_files;
use super::problem::{CourseErrors, Problem};

/// Larger text files are refused: no lesson and no manifest is that long.
const LARGEST_TEXT: u64 = 2 << 20;

/// The parts of a course.
const PARTS: [&str; 3] = ["book", "labs", "quizzes"];

/// Where a course was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A directory.
    Directory(PathBuf),
    /// The binary.
    Embedded,
}

/// The files of a course by path, `/` between the parts.
#[derive(Clone, Debug)]
pub(crate) struct CourseFiles {
    pub(crate) origin: Origin,
    texts: BTreeMap<String, String>,
    /// Files that are not text, such as pictures: known, but not read.
    others: BTreeSet<String>,
}

impl CourseFiles {
    /// Reads the directory of a course.
    pub(crate) fn from_directory(directory: &Path) -> Result<Self, CourseErrors> {
        let mut files = Self::empty(Origin::Directory(directory.to_owned()));
        let mut problems = Vec::new();
        if PARTS.iter().all(|part| !directory.join(part).is_dir()) {
            let problem = Problem::new(directory.display().to_string(), "this is not the directory of a course")
                .with_help("name the directory that holds book/, labs/ and quizzes/ with --course");
            return Err(CourseErrors(vec![problem]));
        }
        for part in PARTS {
            files.read_directory(directory, part, &mut problems);
        }
        if problems.is_empty() { Ok(files) } else { Err(CourseErrors(problems)) }
    }

    /// The copy in the binary.
    pub(crate) fn embedded() -> Result<Self, CourseErrors> {
        let mut files = Self::empty(Origin::Embedded);
        let mut problems = Vec::new();
        for (path, content) in embedded_files() {
            files.add(path, content, &mut problems);
        }
        if problems.is_empty() { Ok(files) } else { Err(CourseErrors(problems)) }
    }

    /// Whether a directory looks like one of a course.
    pub(crate) fn are_in(directory: &Path) -> bool {
        PARTS.iter().all(|part| directory.join(part).is_dir())
    }

    fn empty(origin: Origin) -> Self {
        Self { origin, texts: BTreeMap::new(), others: BTreeSet::new() }
    }

    fn read_directory(&mut self, root: &Path, path: &str, problems: &mut Vec<Problem>) {
        let entries = match std::fs::read_dir(root.join(path)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => return problems.push(Problem::new(path, format!("cannot be read: {error}"))),
        };
        let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        for name in names {
            let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
            let path = format!("{path}/{name}");
            let Ok(metadata) = std::fs::symlink_metadata(root.join(&path)) else { continue };
            if metadata.is_dir() && path != "book/book" {
                self.read_directory(root, &path, problems);
            } else if metadata.is_file() {
                self.read_file(root, path, metadata.len(), problems);
            }
        }
    }

    fn read_file(&mut self, root: &Path, path: String, size: u64, problems: &mut Vec<Problem>) {
        if !is_text(&path) {
            self.others.insert(path);
        } else if size > LARGEST_TEXT {
            problems.push(
                Problem::new(path, format!("{size} bytes are too much for a text file"))
                    .with_help(format!("at most {LARGEST_TEXT} bytes; split it, or was it put here by mistake?")),
            );
        } else {
            match std::fs::read(root.join(&path)) {
                Ok(content) => self.add(path, content, problems),
                Err(error) => problems.push(Problem::new(path, format!("cannot be read: {error}"))),
            }
        }
    }

    fn add(&mut self, path: String, content: Vec<u8>, problems: &mut Vec<Problem>) {
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

fn is_text(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(extension, "md" | "toml" | "yaml" | "yml" | "json")
}
