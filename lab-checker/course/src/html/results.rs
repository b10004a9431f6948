//! What a page is told about graded answers: explanations, which are Markdown, also as HTML.

use serde_json::{Value, json};

use crate::quizzes::{QuestionResult, QuizReport};

impl QuizReport {
    /// The report as a page reads it; `html` makes HTML of Markdown.
    pub fn told(&self, html: impl Fn(&str) -> String) -> Value {
        let mut report = json!(self);
        report["questions"] = self.questions.iter().map(|result| result.told(&html)).collect();
        report
    }
}

impl QuestionResult {
    /// The result as a page reads it; `html` makes HTML of Markdown.
    pub fn told(&self, html: impl Fn(&str) -> String) -> Value {
        let mut result = json!(self);
        result["explanation_html"] = json!(self.explanation.as_deref().map(html));
        result
    }
}
