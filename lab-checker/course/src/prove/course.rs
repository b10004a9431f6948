//! Proving a course: that what its files promise is true.

use super::{book, labs, quizzes};
use crate::book::Course;
use crate::files::Problem;

/// Everything that is wrong with a course that could be loaded, in the order of the files.
#[must_use]
pub fn prove(course: &Course) -> Vec<Problem> {
    let mut problems = labs::prove(course);
    problems.extend(quizzes::prove(course));
    problems.extend(book::prove(course));
    problems.sort();
    problems.dedup();
    problems
}
