//! Quizzes: questions with their answer key, as `quizzes/NAME.toml` says; the form without the key, and grading.

mod grade;
#[cfg(feature = "book")]
mod load;
mod opaque_id;
#[cfg(feature = "book")]
mod own_ids;
mod quiz;
#[cfg(feature = "book")]
mod reachability_question;
#[cfg(feature = "book")]
mod schema_question;
mod seal;
mod sealed;
#[cfg(feature = "book")]
mod source;
mod text;

pub use grade::{Answers, FlowResult, QuestionResult, QuestionState, QuizReport, UnusableAnswers};
#[cfg(feature = "book")]
pub(crate) use load::load_all;
#[cfg(feature = "book")]
pub use own_ids::OwnIds;
pub use quiz::{PublicFlow, PublicOption, PublicQuestion, PublicQuestionKind, PublicQuiz, Quiz, TextFormat};
pub use sealed::{SealedError, SealedQuiz};
