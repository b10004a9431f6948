//! The course as a whole: the lessons in the order of the book, the labs and quizzes in them, a learner's progress
//! through them, and the book as HTML.

mod activity;
mod bundle;
mod chapter;
mod course;
mod directive;
mod export;
mod lesson;
mod preprocessor;
mod progress;
mod render;

pub use activity::{Activity, ActivityKind};
pub use chapter::Chapter;
pub(crate) use chapter::SUMMARY;
pub use course::Course;
pub(crate) use directive::{DirectiveKind, directives};
pub use export::ExportError;
pub(crate) use lesson::{ClaimComment, YamlBlock, claim_comments, yaml_blocks};
pub use preprocessor::{LabCheckerPreprocessor, preprocess};
pub use progress::{ActivityProgress, ActivityState, ChapterProgress, Outcome, Progress};
pub use render::{RenderError, render};
