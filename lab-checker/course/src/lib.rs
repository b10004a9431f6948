//! The course: labs, quizzes and the book, loaded from plain files, proved, rendered, checked and
//! graded. It knows no HTTP and no database; `FORMATS.md` beside this crate describes the files.

mod block;
mod book;
mod check;
mod claims;
mod directive;
mod files;
mod findings;
mod frozen;
mod goal;
mod goal_file;
mod grade;
mod judge;
mod lab;
mod lab_file;
mod lab_html;
mod lesson;
mod manifests;
mod markdown;
mod matrix_checks;
mod names;
mod objects;
mod observe;
mod pattern;
mod preprocessor;
mod problem;
mod progress;
mod prove;
mod prove_book;
mod prove_labs;
mod prove_quizzes;
mod quiz;
mod quiz_file;
mod quiz_html;
mod quiz_reachability;
mod reader;
mod recognise;
mod render;
mod report;
mod shuffle;
mod sides;
mod space;
mod tree;
mod validity;

pub use book::{Chapter, Course};
pub use grade::{Answers, FlowResult, QuestionResult, QuestionState, QuizReport, UnusableAnswers};
pub use lab::{Lab, LabCni, ManifestFile, Mistake, PublicLab, Solution};
pub use markdown::{markdown_to_html, markdown_to_inline_html};
pub use preprocessor::{LabCheckerPreprocessor, preprocess};
pub use problem::{CourseErrors, Problem};
pub use progress::{
    Activity, ActivityKind, ActivityProgress, ActivityState, ChapterProgress, Outcome, Progress, rounded,
};
pub use prove::prove;
pub use quiz::{PublicFlow, PublicOption, PublicQuestion, PublicQuestionKind, PublicQuiz, Quiz, TextFormat};
pub use render::{RenderError, render};
pub use report::{Cell, Check, RecognisedMistake, Report};
