//! The engine as it was built for browsers, and what it needs to know of labs and quizzes.

use std::path::Path;

use course::{Course, markdown_to_html};

use super::error::{Files, SiteError};
use crate::domain::schema::FieldSchema;

/// What the build of the engine makes: the program, and the script that loads it.
const PARTS: [&str; 2] = ["engine.js", "engine_bg.wasm"];
/// The program compressed, where the build has done that.
const COMPRESSED: [&str; 2] = ["engine_bg.wasm.br", "engine_bg.wasm.gz"];

/// The files of the engine, below `engine/`.
pub(super) fn files(course: &Course, folder: &Path) -> Result<Files, SiteError> {
    let mut files = Files::new();
    if PARTS.iter().any(|part| !folder.join(part).is_file()) {
        return Err(SiteError::NoEngine(folder.to_owned()));
    }
    let all = PARTS.iter().chain(COMPRESSED.iter().filter(|part| folder.join(part).is_file()));
    for part in all {
        let path = folder.join(part);
        let content = std::fs::read(&path).map_err(|source| SiteError::Read { path, source })?;
        files.insert(format!("engine/{part}"), content);
    }
    files.insert("engine/schema.json".to_owned(), json(&FieldSchema::of(course))?);
    if let Some(first) = course.try_bundle() {
        files.insert("engine/first-try.json".to_owned(), json(&first)?);
    }
    for bundle in course.bundles() {
        files.insert(format!("engine/labs/{}.json", bundle.id), json(&bundle)?);
    }
    for quiz in &course.quizzes {
        files.insert(format!("engine/quizzes/{}.json", quiz.name), json(&quiz.sealed(markdown_to_html))?);
    }
    Ok(files)
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, SiteError> {
    serde_json::to_vec(value).map_err(|error| SiteError::Page(error.into()))
}
