//! What a page is told about graded answers: explanations, which are Markdown, also as HTML.

use serde_json::{Value, json};

use super::markdown::markdown_to_html;
use crate::quizzes::{QuestionResult, QuizReport};

impl QuizReport {
    /// The report as a page reads it.
    #[must_use]
    pub fn told(&self) -> Value {
        let mut report = json!(self);
        report["questions"] = self.questions.iter().map(QuestionResult::told).collect();
        report
    }
}

impl QuestionResult {
    /// The result as a page reads it.
    #[must_use]
    pub fn told(&self) -> Value {
        let mut result = json!(self);
        result["explanation_html"] = json!(self.explanation.as_deref().map(markdown_to_html));
        result
    }
}
