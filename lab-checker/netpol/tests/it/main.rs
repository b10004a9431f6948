//! Tests of the engine from outside: one binary, because linking is slow.

#![expect(clippy::unwrap_used, reason = "a test that unwraps nothing is a failed test")]

mod agreement;
mod compare;
mod differences_by_kind;
mod drawn;
mod endpoints;
mod explanations;
mod exposures;
mod incremental;
mod lint_shapes;
mod lints;
mod naive;
mod near_misses;
mod nodes;
mod pictures;
mod queries;
mod random;
mod reachability_pictures;
mod reasons;
mod redundancy;
mod rule_words;
mod shop;
mod tables;
mod unknown_addresses;
mod unknown_nodes;
mod xml;
