//! Checking: a learner's snapshot against what a lab asks for, and what the learner is told.

mod checker;
mod named_checks;
mod recognise;
mod report;

pub(crate) use recognise::{Known, Strictness};
pub use report::{Cell, Check, RecognisedMistake, Report};
