//! Proving: that what the files of a course promise is true.

mod answers_in_lessons;
mod block;
mod book;
mod changes;
mod claim;
mod course;
mod first_try;
mod flow_by_flow;
mod free;
mod labs;
mod mutation;
mod quizzes;

pub use changes::{Changes, Miss, prove_changes};
pub use course::{prove, warnings};
