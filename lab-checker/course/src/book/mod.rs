//! The course as a whole: the lessons in the order of the book, the labs and quizzes in them, and the book as
//! HTML.

mod course;
mod directive;
mod lesson;
mod preprocessor;
mod progress;
mod render;

pub use course::{Chapter, Course};
pub(crate) use course::{SUMMARY, activity};
pub(crate) use directive::{DirectiveKind, directives, markdown_options};
pub(crate) use lesson::{ClaimComment, YamlBlock, claim_comments, yaml_blocks};
pub use preprocessor::{LabCheckerPreprocessor, preprocess};
pub use progress::{Activity, ActivityKind, ActivityProgress, ActivityState, ChapterProgress, Outcome, Progress};
pub use render::{RenderError, render};
