//! Proving a course: that what its files promise is true.

use super::changes::prove_also_right;
use super::{answers_in_lessons, book, first_try, labs, quizzes};
use crate::book::Course;
use crate::files::Problem;

/// Everything that is wrong with a course that could be loaded, in the order of the files.
#[must_use]
pub fn prove(course: &Course) -> Vec<Problem> {
    let mut problems = labs::prove(course);
    problems.extend(course.labs.iter().flat_map(|lab| prove_also_right(lab)));
    problems.extend(quizzes::prove(course));
    problems.extend(book::prove(course));
    problems.extend(first_try::prove(course));
    problems.sort();
    problems.dedup();
    problems
}

/// What is not wrong, and could be better.
#[must_use]
pub fn warnings(course: &Course) -> Vec<Problem> {
    answers_in_lessons::warnings(course)
}
