//! Any YAML, Kubernetes objects or not, with the place of every value.

use serde_json::Value;

use super::diagnostic::Diagnostic;
use super::lines::Lines;
use super::position::Positions;

/// One document of a YAML stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What it says.
    pub value: Value,
    /// Where each part of it stands.
    pub positions: Positions,
}

/// Reads all documents of a YAML or JSON stream; empty ones are left out. Plain scalars mean what
/// they mean to the API server (`on` is a boolean).
#[must_use]
pub fn read(file_name: &str, text: &str) -> (Vec<Document>, Vec<Diagnostic>) {
    let lines = Lines::new(file_name, text);
    let read = super::read::read(text);
    let documents = read.documents.into_iter();
    let documents =
        documents.map(|document| Document { value: document.value, positions: document.positions }).collect();
    (documents, read.problems.into_iter().map(|problem| lines.diagnostic(problem)).collect())
}
