//! What is suspicious about a cluster's policies: rules that do nothing, and rules that probably do
//! something else than was meant. A finding is a hint for people, not an error.

mod cluster_policies;
mod dns;
mod finding;
mod peers;
mod pods;
mod ports;
mod redundant_rules;
mod run;
mod unlisted;

pub use finding::{Finding, Lint};
pub use run::{lint, lint_for};
