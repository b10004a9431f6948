//! Quizzes: questions with their answer key, as `quizzes/NAME.toml` says; the form without the key, and grading.

mod grade;
mod load;
mod opaque_id;
mod own_ids;
mod quiz;
mod reachability_question;
mod schema_question;
mod source;
mod text;

pub use grade::{Answers, FlowResult, QuestionResult, QuestionState, QuizReport, UnusableAnswers};
pub(crate) use load::load_all;
pub use own_ids::OwnIds;
pub use quiz::{PublicFlow, PublicOption, PublicQuestion, PublicQuestionKind, PublicQuiz, Quiz, TextFormat};
