//! The course: labs, quizzes and the book, loaded from plain files, proved, rendered, checked and
//! graded. It knows no HTTP and no database; `FORMATS.md` beside this crate describes the files.

mod book;
mod check;
mod files;
mod html;
mod labs;
mod prove;
mod quizzes;
mod reachability;
mod snapshot;

pub use book::{Activity, ActivityKind, ActivityProgress, ActivityState, ChapterProgress, Outcome, Progress};
pub use book::{Chapter, Course};
pub use book::{LabCheckerPreprocessor, preprocess};
pub use book::{RenderError, render};
pub use check::{Cell, Check, CheckGroup, Checker, RecognisedMistake, Report};
pub use files::{CourseErrors, Problem};
pub use html::{markdown_to_html, markdown_to_inline_html};
pub use labs::{Lab, LabCni, Mistake, PublicLab, Solution};
pub use prove::prove;
pub use quizzes::{Answers, FlowResult, QuestionResult, QuestionState, QuizReport};
pub use quizzes::{PublicFlow, PublicOption, PublicQuestion, PublicQuestionKind, PublicQuiz, Quiz, TextFormat};
pub use snapshot::ManifestFile;
