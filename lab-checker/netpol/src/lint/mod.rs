//! What is suspicious about a cluster's policies: rules that do nothing, and rules that probably do
//! something else than was meant. A finding is a hint for people, not an error.

mod blocks;
mod catalogue;
mod cluster_policies;
mod dns;
mod elsewhere;
mod finding;
mod peers;
mod pods;
mod ports;
mod redundant_rules;
mod run;
mod shape;
mod unlisted;
mod yaml;

pub use catalogue::{Lint, Severity, UnknownLint};
pub use finding::Finding;
pub use run::{lint, lint_for};
