//! Manifests of a course: read, put into their namespace, and held against what an API server accepts.

use std::collections::BTreeSet;

use manifest::yaml::Document;
use manifest::{Object, ObjectId, Severity};
use serde::Serialize;
use serde_json::Value;

use super::apply::fill_namespace;
use crate::files::{CourseFiles, Problem};

/// A manifest file of a lab, as its author wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ManifestFile {
    /// The file's name, without folders.
    pub name: String,
    /// The text.
    pub text: String,
}

/// Objects and the files they stand in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manifests {
    pub(crate) files: Vec<ManifestFile>,
    pub(crate) objects: Vec<Value>,
}

/// What manifests must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validity {
    /// What an API server accepts.
    Valid,
    /// Objects, valid or not: a mistake may be that they are not.
    Anything,
}

impl ManifestFile {
    fn new(path: &str, text: &str) -> Self {
        Self { name: path.rsplit('/').next().unwrap_or(path).to_owned(), text: text.to_owned() }
    }
}

impl Manifests {
    /// Reads the manifests of a folder (written with a `/` at its end), or one file.
    pub(crate) fn read(
        files: &CourseFiles,
        path: &str,
        namespace: &str,
        validity: Validity,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut manifests = Self::default();
        let before = problems.len();
        let mut seen = BTreeSet::new();
        for (path, text) in files.under(path).filter(|(path, _)| is_manifest(path)) {
            manifests.files.push(ManifestFile::new(path, text));
            let read = match validity {
                Validity::Valid => parse_manifests(path, text, 1, problems),
                Validity::Anything => parse_anything(path, text, problems),
            };
            for (mut object, line) in read {
                fill_namespace(&mut object, namespace);
                let id = ObjectId::of(&object);
                if !seen.insert(id.clone()) {
                    let problem = Problem::new(path, format!("{id} stands here a second time")).at_line(line);
                    problems.push(problem.with_help("give it another name or take it away"));
                }
                manifests.objects.push(object);
            }
        }
        if manifests.objects.is_empty() && problems.len() == before {
            problems.push(Problem::new(path, "there is no manifest").with_help("add at least one YAML file"));
        }
        manifests
    }
}

/// The objects of a text that begins at a line of a file, each with its line. What an API server would
/// refuse goes to the problems.
pub(crate) fn parse_manifests(
    file: &str,
    text: &str,
    first_line: usize,
    problems: &mut Vec<Problem>,
) -> Vec<(Value, usize)> {
    let parsed = manifest::parse(file, text);
    let errors = parsed.diagnostics.into_iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    problems.extend(errors.map(|diagnostic| Problem::from(diagnostic).below(first_line)));
    let line = |object: &Object| object.origin.positions.start().line + first_line - 1;
    parsed.objects.into_iter().map(|object| (line(&object), object.value)).map(|(line, value)| (value, line)).collect()
}

/// The same for objects that may be wrong.
fn parse_anything(file: &str, text: &str, problems: &mut Vec<Problem>) -> Vec<(Value, usize)> {
    let (documents, diagnostics) = manifest::yaml::read(file, text);
    problems.extend(diagnostics.into_iter().map(Problem::from));
    let line = |document: &Document| document.positions.start().line;
    documents.into_iter().map(|document| (line(&document), document.value)).map(|(line, value)| (value, line)).collect()
}

fn is_manifest(path: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|extension| path.ends_with(extension))
}
