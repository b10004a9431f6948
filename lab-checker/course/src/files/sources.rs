//! Where the files of a course come from: a directory, or the copy in the binary.

use std::path::Path;

use super::course_files::{CourseFiles, is_text};
use super::embedded::embedded_files;
use super::problem::{CourseErrors, Problem};

/// Larger text files are refused: no lesson and no manifest is that long.
const LARGEST_TEXT: u64 = 2 << 20;

/// The parts of a course.
const PARTS: [&str; 3] = ["book", "labs", "quizzes"];

impl CourseFiles {
    /// Reads the directory of a course.
    pub(crate) fn from_directory(directory: &Path) -> Result<Self, CourseErrors> {
        let mut files = Self::default();
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
        let mut files = Self::default();
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
}
