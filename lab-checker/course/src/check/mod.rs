//! Checking: a learner's snapshot against what a lab asks for, and what the learner is told.

mod answer;
mod beyond;
mod checker;
mod facts;
mod finding;
mod findings;
mod first_try;
mod named_checks;
mod picture;
mod recognise;
mod reduced;
mod references;
mod report;
mod violations;

pub use checker::Checker;
pub use first_try::first_try_cells;
pub(crate) use picture::picture_of_question;
pub use picture::{PictureLinks, changed, picture_of};
pub use report::{Cell, Check, CheckGroup, Finding, RecognisedMistake, Report};
