//! Proving a course: that what its files promise is true.

use std::sync::Arc;

use super::changes::{Changes, prove_also_right, prove_changes};
use super::{answers_in_lessons, book, labs, quizzes};
use crate::book::Course;
use crate::check::Checker;
use crate::files::Problem;

/// Everything that is wrong with a course that could be loaded, in the order of the files.
#[must_use]
pub fn prove(course: &Course) -> Vec<Problem> {
    let mut problems = labs::prove(course);
    problems.extend(course.labs.iter().flat_map(|lab| prove_also_right(lab)));
    problems.extend(quizzes::prove(course));
    problems.extend(book::prove(course));
    problems.sort();
    problems.dedup();
    problems
}

/// What is not wrong, and could be better.
#[must_use]
pub fn warnings(course: &Course) -> Vec<Problem> {
    answers_in_lessons::warnings(course)
}

/// Tries every changed solution of every lab, in the order of the course; see [`prove_changes`]. It takes a while.
#[must_use]
pub fn prove_all_changes(course: &Course) -> Vec<Changes> {
    course.labs.iter().map(|lab| prove_changes(&Checker::new(Arc::clone(lab)))).collect()
}
