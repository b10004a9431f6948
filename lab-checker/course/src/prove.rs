//! Proving a course: that what its files promise is true.

use crate::{Course, Problem, prove_book, prove_labs, prove_quizzes};

/// Everything that is wrong with a course that could be loaded, in the order of the files.
#[must_use]
pub fn prove(course: &Course) -> Vec<Problem> {
    let mut problems = prove_labs::prove(course);
    problems.extend(prove_quizzes::prove(course));
    problems.extend(prove_book::prove(course));
    problems.sort();
    problems.dedup();
    problems
}
