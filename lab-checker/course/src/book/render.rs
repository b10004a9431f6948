//! The whole book as HTML, through mdBook's own library and our preprocessor.

use std::path::{Path, PathBuf};

use mdbook::MDBook;
use tempfile::TempDir;

use super::course::{Course, Origin};
use super::preprocessor::LabCheckerPreprocessor;
use crate::files::embedded_files;

/// Why a course cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A file cannot be written.
    #[error("{path}: cannot be written")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The directory holds something else, which rendering would delete.
    #[error("{0} is not empty and holds no rendered book: name another directory, or empty it")]
    Occupied(PathBuf),
    /// mdBook refuses the book.
    #[error("the book cannot be rendered: {0}")]
    Book(String),
}

/// Renders the course's book into a directory, which is emptied first when it holds a rendered book.
///
/// # Errors
/// When the directory holds something else, a file cannot be written, or mdBook refuses the book.
pub fn render(course: &Course, out: &Path) -> Result<(), RenderError> {
    let out = std::path::absolute(out).map_err(|source| RenderError::Write { path: out.to_owned(), source })?;
    std::fs::create_dir_all(&out).map_err(|source| RenderError::Write { path: out.clone(), source })?;
    if is_occupied(&out) {
        return Err(RenderError::Occupied(out));
    }
    match &course.origin {
        Origin::Directory(directory) => build(course, &directory.join("book"), &out),
        Origin::Embedded => {
            let directory = extracted()?;
            build(course, &directory.path().join("book"), &out)
        }
    }
}

/// mdBook empties the directory it writes to: that must not be somebody's home.
fn is_occupied(out: &Path) -> bool {
    let rendered = out.join(".nojekyll").exists() && out.join("index.html").exists();
    let empty = std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_none());
    !rendered && !empty
}

fn build(course: &Course, book: &Path, out: &Path) -> Result<(), RenderError> {
    let wrong = |error: mdbook::errors::Error| RenderError::Book(format!("{error:#}"));
    let mut config = mdbook::config::Config::from_disk(book.join("book.toml")).map_err(wrong)?;
    config.build.build_dir = out.to_owned();
    config.build.create_missing = false;
    let mut book = MDBook::load_with_config(book, config).map_err(wrong)?;
    // The same name as in `book.toml`, so that mdBook does not start us once more as a command.
    book.with_preprocessor(LabCheckerPreprocessor::new(course.clone()));
    book.build().map_err(wrong)
}

/// The embedded copy on disk, where mdBook can read it.
fn extracted() -> Result<TempDir, RenderError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| RenderError::Write { path, source }
    };
    let directory = tempfile::tempdir().map_err(failed(&tempfile::env::temp_dir()))?;
    for (path, content) in embedded_files() {
        let path = directory.path().join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed(parent))?;
        }
        std::fs::write(&path, content).map_err(failed(&path))?;
    }
    Ok(directory)
}
