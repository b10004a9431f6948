//! The course: labs, quizzes and the book, loaded from plain files, proved, rendered, checked and
//! graded. It knows no HTTP and no database; `FORMATS.md` beside this crate describes the files.
//!
//! A folder is a floor: it uses those above it in this table, and none below.
//!
//! | folder | what stands in it | uses |
//! |---|---|---|
//! | `files` | the files of a course as text, their values with the lines they stand on, and what is wrong with them | |
//! | `snapshot` | Kubernetes objects: read from manifests, admitted, and put together to a snapshot | `files` |
//! | `reachability` | flows between the endpoints of a snapshot, and what the engine says about each | `snapshot` |
//! | `labs` | where a learner starts, what is asked, what must stay: plain data | `reachability` |
//! | `check` | a learner's snapshot against a lab: the report, and the mistake that it shows | `labs` |
//! | `expectations` | somebody's own manifests against what they expect of them | `check` |
//! | `quizzes` | questions with their answer key, the form without it, and grading | `labs` |
//! | `html` | labs and quizzes as HTML | `labs`, `quizzes` |
//! | `workbench` | what a page shows of a lab while somebody works on it, with a server or without | `html` |
//! | `book` | the course as a whole: lessons, activities, a learner's progress; the book as HTML | `html` |
//! | `prove` | that what the files promise is true | `check`, `book` |
//!
//! The last column has the nearest floors alone: whatever these use may be used too.

#![cfg_attr(
    not(feature = "book"),
    expect(dead_code, unused_imports, reason = "the floors say what they have, whether or not the book asks for it")
)]

#[cfg(feature = "book")]
mod book;
mod check;
mod expectations;
mod files;
mod html;
mod labs;
#[cfg(feature = "book")]
mod prove;
mod quizzes;
mod reachability;
mod snapshot;
pub mod workbench;

#[cfg(feature = "book")]
pub use book::{Activity, ActivityKind, ActivityProgress, ActivityState, ChapterProgress, Outcome, Progress};
#[cfg(feature = "book")]
pub use book::{Chapter, Course, ExportError};
#[cfg(feature = "book")]
pub use book::{LabCheckerPreprocessor, preprocess};
#[cfg(feature = "book")]
pub use book::{RenderError, render};
pub use check::{Cell, Check, CheckGroup, Checker, Finding, RecognisedMistake, Report};
pub use check::{PictureLinks, changed, first_try_cells, picture_of};
pub use expectations::{Expectations, Verified, VerifiedCheck};
pub use files::{CourseErrors, Problem, rounded};
pub use html::Rendered;
#[cfg(feature = "book")]
pub use html::{markdown_to_html, markdown_to_inline_html};
pub use labs::{Attack, FirstTry, Lab, LabCni, Mistake, PublicLab, RightAnswer, Solution, World};
#[cfg(feature = "book")]
pub use prove::{Changes, Miss, prove, prove_changes, warnings};
#[cfg(feature = "book")]
pub use quizzes::OwnIds;
pub use quizzes::{Answers, FlowResult, QuestionResult, QuestionState, QuizReport, UnusableAnswers};
pub use quizzes::{PublicFlow, PublicOption, PublicQuestion, PublicQuestionKind, PublicQuiz, Quiz, TextFormat};
pub use quizzes::{SealedError, SealedQuiz};
pub use snapshot::ManifestFile;
