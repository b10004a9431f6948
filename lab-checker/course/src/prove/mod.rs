//! Proving: that what the files of a course promise is true.

mod block;
mod book;
mod claim;
mod course;
mod labs;
mod quizzes;

pub use course::prove;
