//! What a new report about an attempt says otherwise than the old one, in a sentence for its learner.

use course::{Check, QuizReport, Report};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    activity::ActivityKind,
    app::App,
    store::{Attempt, Grade},
};

/// The longest part of a question that is repeated, in characters.
const PROMPT: usize = 80;

/// What is judged otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The first flow that is, where there is one.
    pub(crate) flow: Option<String>,
    pub(crate) sentence: String,
}

/// What a new grade of an attempt is about.
pub(crate) fn between(app: &App, attempt: &Attempt, grade: &Grade) -> Difference {
    let is_better = (grade.passed, grade.points) > (attempt.passed, attempt.points);
    let found = match attempt.activity.kind {
        ActivityKind::Lab => of_labs(&attempt.report, &grade.report, is_better),
        ActivityKind::Quiz => of_quizzes(app, attempt, &grade.report),
    };
    found.unwrap_or_else(|| Difference { flow: None, sentence: of_points(attempt, grade) })
}

fn of_points(attempt: &Attempt, grade: &Grade) -> String {
    let worth = super::spreadsheet::points;
    if attempt.max_points == grade.max_points {
        return "The same answer counts otherwise now.".to_owned();
    }
    let kind = crate::activity::word(attempt.activity.kind);
    format!("The {kind} is worth {} points now, not {}.", worth(grade.max_points), worth(attempt.max_points))
}

fn read<T: DeserializeOwned>(report: &Value) -> Option<T> {
    serde_json::from_value(report.clone()).ok()
}

fn of_labs(before: &Value, after: &Value, is_better: bool) -> Option<Difference> {
    // A report of long ago may not be readable; then nothing is known to have failed in it.
    let (before, after) = (read::<Report>(before), read::<Report>(after)?);
    let was = before.map(|report| failing(&report)).unwrap_or_default();
    let is = failing(&after);
    let worse = || is.iter().find(|check| !is_in(check, &was)).map(fails_now);
    let better = || was.iter().find(|check| !is_in(check, &is)).map(passes_now);
    if is_better { better().or_else(worse) } else { worse().or_else(better) }
}

/// What a report holds against an answer: flows first, because a flow says more.
fn failing(report: &Report) -> Vec<Check> {
    let mut failing: Vec<Check> = report.checks.iter().filter(|check| !check.passed).cloned().collect();
    failing.sort_by_key(|check| check.flow.is_none());
    failing
}

/// The first flow that fails, else the first check, with its words.
pub(crate) fn first_failing(report: &Report) -> Option<Difference> {
    failing(report).first().map(fails_now)
}

fn is_in(check: &Check, others: &[Check]) -> bool {
    // Two courses may sort one flow into two checks: it fails all the same.
    others.iter().any(|other| match &check.flow {
        Some(flow) => other.flow.as_ref() == Some(flow),
        None => other.flow.is_none() && other.name == check.name,
    })
}

fn fails_now(check: &Check) -> Difference {
    let flow = check.flow.as_ref().map(ToString::to_string);
    let what = flow.as_deref().unwrap_or(&check.name);
    let sentence =
        if check.message.is_empty() { format!("{what} fails.") } else { format!("{what}: {}", check.message) };
    Difference { flow, sentence }
}

fn passes_now(check: &Check) -> Difference {
    let flow = check.flow.as_ref().map(ToString::to_string);
    let sentence = match &flow {
        Some(flow) => format!("{flow} is not held against the answer any more ({}).", check.name),
        None => format!("“{}” is not held against the answer any more.", check.name),
    };
    Difference { flow, sentence }
}

fn of_quizzes(app: &App, attempt: &Attempt, after: &Value) -> Option<Difference> {
    let (before, after) = (read::<QuizReport>(&attempt.report)?, read::<QuizReport>(after)?);
    let was = |id: &str| before.questions.iter().find(|question| question.id == id).map(|question| question.correct);
    let changed =
        after.questions.iter().enumerate().find(|(_, now)| was(&now.id).is_some_and(|was| was != now.correct));
    let (place, question) = changed?;
    let questions = app.course.quiz(&attempt.activity.name).map(|quiz| quiz.public(0).questions).unwrap_or_default();
    let prompt = questions.iter().find(|found| found.id == question.id).map(|found| shortened(&found.prompt));
    let prompt = prompt.map(|prompt| format!(" (“{prompt}”)")).unwrap_or_default();
    let verdict = if question.correct { "right" } else { "wrong" };
    let sentence = format!("The answer to question {}{prompt} counts as {verdict} now.", place + 1);
    Some(Difference { flow: None, sentence })
}

fn shortened(prompt: &str) -> String {
    let text = prompt.lines().next().unwrap_or_default().trim();
    match text.char_indices().nth(PROMPT) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}
