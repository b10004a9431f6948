//! YAML and JSON text: the one place that knows the format, and where everything stands in it.

mod build;
mod diagnostic;
mod document;
mod json;
mod lines;
mod position;
mod problem;
mod read;
mod scalar;
mod value;
mod write;
pub mod yaml;

pub use diagnostic::{Diagnostic, Severity};
pub(crate) use document::Document;
pub(crate) use json::read_json;
pub(crate) use lines::Lines;
pub(crate) use position::Inside;
pub use position::{Position, Positions};
pub(crate) use problem::TextProblem;
pub(crate) use read::read;
pub(crate) use value::what;
pub use write::to_yaml;

#[cfg(test)]
mod tests;
