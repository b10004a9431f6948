//! What a text holds, before anybody asks whether it is a Kubernetes object.

use serde_json::Value;

use super::position::Positions;
use super::problem::TextProblem;

/// One document of a stream.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) value: Value,
    pub(crate) positions: Positions,
}

/// What a text holds: the documents that could be read, and everything that is wrong.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    pub(crate) documents: Vec<Document>,
    pub(crate) problems: Vec<TextProblem>,
}
