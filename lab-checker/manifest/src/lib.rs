//! Text to Kubernetes objects to what the engine understands.
//!
//! [`parse`] and [`files`] read YAML and JSON, and say everything that is wrong with it, with file,
//! line and column. [`admission`] does to an object what an API server does: strict decoding,
//! defaults, validation, in the API server's own words. [`lower`] turns objects into a
//! [`netpol::Snapshot`]. [`baseline`] is what a fresh cluster holds. Nothing here talks to a cluster.

pub mod admission;
mod advice;
mod baseline;
mod check;
mod diagnostic;
pub mod files;
mod lower;
mod nearest;
mod object;
mod other_policies;
mod parse;
mod position;
mod text;
pub mod yaml;

pub use baseline::baseline;
pub use diagnostic::{Diagnostic, Severity};
pub use lower::{LowerError, ObjectProblem, Source, lower};
pub use object::{Object, ObjectId, Origin};
pub use other_policies::{OtherPolicyKind, Unevaluated};
pub use parse::{Parsed, parse};
pub use position::{Position, Positions};
pub use text::to_yaml;
