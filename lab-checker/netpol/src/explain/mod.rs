//! Why a flow is allowed or blocked, in words: what every policy and rule says, one sentence for all of
//! it, and what was nearly enough.

mod decision;
mod explanation;
mod mismatch;
mod nearest_miss;
mod notes;
mod path;
mod port_remedy;
mod remedy;
mod route;
mod service;
mod summary;
mod text;
mod unknown_address;

pub use decision::{Decision, Place};
pub use explanation::{Explanation, PolicyExplanation, RuleExplanation, SideExplanation};
