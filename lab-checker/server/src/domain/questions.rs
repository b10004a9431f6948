//! The questions of a quiz as one learner sees them: the only place where the author's ids of options and flows become
//! a learner's own, and the other way round.
//!
//! What is stored has the author's ids, so that it can be graded again by anybody.

use course::{Answers, OwnIds, PublicQuiz, Quiz, QuizReport, markdown_to_html};
use serde_json::{Value, json};

use crate::{
    activity::ActivityKind,
    app::App,
    problem::Problem,
    store::{Attempt, Learner},
};

/// The questions of a quiz, their options in a learner's own order and under their own ids.
pub(crate) fn shown(app: &App, learner: &Learner, name: &str) -> Result<PublicQuiz, Problem> {
    Ok(app.quiz(name)?.public_for(learner.seed, &ids_of(app, &learner.id)))
}

/// A learner's answers as they are graded and kept.
pub(crate) fn authored(app: &App, learner: &Learner, quiz: &Quiz, answers: Answers) -> Answers {
    quiz.authored(answers, &ids_of(app, &learner.id))
}

/// The report about an attempt as its learner reads it: explanations, which are Markdown, also as HTML, and only those
/// of questions that were answered. Attempts of long ago were given every one.
pub(crate) fn report_for_learner(app: &App, attempt: &Attempt) -> Value {
    let mut report = attempt.report.clone();
    if attempt.activity.kind == ActivityKind::Quiz {
        let ids = ids_of(app, &attempt.learner);
        for question in report.get_mut("questions").and_then(Value::as_array_mut).into_iter().flatten() {
            tell(question, &ids);
        }
    }
    report
}

/// The result of one question as its learner reads it.
pub(crate) fn result_for_learner(app: &App, learner: &Learner, result: &course::QuestionResult) -> Value {
    let mut result = serde_json::to_value(result).unwrap_or_default();
    tell(&mut result, &ids_of(app, &learner.id));
    result
}

/// The questions that an attempt has answered rightly, and how, as the author writes it.
pub(crate) fn right_answers(attempt: &Attempt) -> Vec<(String, Value)> {
    let Ok(report) = serde_json::from_value::<QuizReport>(attempt.report.clone()) else { return Vec::new() };
    let answers = attempt.submission.get("answers");
    let right = report.questions.into_iter().filter(|result| result.correct);
    right.filter_map(|result| Some((result.id.clone(), answers?.get(&result.id)?.clone()))).collect()
}

fn tell(question: &mut Value, ids: &OwnIds) {
    let state = question.get("state").cloned().and_then(|state| serde_json::from_value(state).ok());
    let is_answered = state.is_none_or(|state: course::QuestionState| state.is_answered());
    let explanation = question.get("explanation").and_then(Value::as_str).filter(|_| is_answered).map(str::to_owned);
    let html = explanation.as_deref().map(markdown_to_html);
    for flow in question.get_mut("flows").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(id) = flow.get("id").and_then(Value::as_str).map(|id| ids.of(id)) {
            flow["id"] = json!(id);
        }
    }
    if let Some(question) = question.as_object_mut() {
        question.insert("explanation".to_owned(), json!(explanation));
        question.insert("explanation_html".to_owned(), json!(html));
    }
}

fn ids_of(app: &App, learner: &str) -> OwnIds {
    app.ids.of(learner)
}
