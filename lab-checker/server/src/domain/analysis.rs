//! What a whole class finds hard: for a quiz, each question and the wrong answers given to it; for a lab,
//! the checks that fail and the mistakes that are made.

use std::collections::{BTreeMap, HashSet};

use course::{PublicQuestionKind, Quiz};
use serde_json::Value;

use super::class;
use crate::{
    activity::{Activity, ActivityKind},
    app::App,
    problem::Problem,
    store::{Attempt, AttemptFilter},
};

/// How many attempts are looked at: the newest.
const MOST: u32 = 5_000;

/// An activity as a class did it.
#[derive(Debug, Default)]
pub(crate) struct Analysis {
    /// How many attempts.
    pub(crate) attempts: usize,
    /// How many learners.
    pub(crate) learners: usize,
    /// How many learners passed.
    pub(crate) passed: usize,
    /// Questions or checks, in the order of the course.
    pub(crate) items: Vec<Item>,
    /// Recognised mistakes with how often, the most frequent first.
    pub(crate) mistakes: Vec<(String, usize)>,
}

/// A question or a check.
#[derive(Debug, Default)]
pub(crate) struct Item {
    pub(crate) name: String,
    /// Of the learners' first attempts: how many were right.
    pub(crate) right: usize,
    /// How many first attempts there were.
    pub(crate) of: usize,
    /// Wrong answers with how often, over all attempts, the most frequent first.
    pub(crate) wrong: Vec<(String, usize)>,
}

impl Item {
    /// How many in a hundred got it right at first.
    pub(crate) fn percent(&self) -> usize {
        (self.right * 100).checked_div(self.of).unwrap_or_default()
    }
}

/// Look at everybody's attempts at an activity.
pub(crate) async fn of(app: &App, activity: &Activity) -> Result<Analysis, Problem> {
    let mut attempts = app.store.whole_attempts(&AttemptFilter::at(activity), MOST).await?;
    let class: HashSet<String> = class::learners(app).await?.into_iter().map(|learner| learner.id).collect();
    attempts.retain(|attempt| class.contains(&attempt.learner));
    let (app_there, activity) = (app.clone(), activity.clone());
    app.grading.run(move || analysed(&app_there, &activity, attempts)).await
}

fn analysed(app: &App, activity: &Activity, mut attempts: Vec<Attempt>) -> Analysis {
    attempts.reverse();
    let learners: HashSet<&str> = attempts.iter().map(|attempt| attempt.learner.as_str()).collect();
    let passed: HashSet<&str> =
        attempts.iter().filter(|attempt| attempt.passed).map(|attempt| attempt.learner.as_str()).collect();
    let mut analysis =
        Analysis { attempts: attempts.len(), learners: learners.len(), passed: passed.len(), ..Analysis::default() };
    match activity.kind {
        ActivityKind::Quiz => {
            if let Some(quiz) = app.course.quiz(&activity.name) {
                analysis.items = questions(quiz, &attempts);
            }
        }
        ActivityKind::Lab => {
            analysis.items = checks(&attempts);
            let names = attempts.iter().filter_map(|attempt| attempt.report.pointer("/mistake/name")?.as_str());
            analysis.mistakes = counted(names.map(str::to_owned));
        }
    }
    analysis
}

fn questions(quiz: &Quiz, attempts: &[Attempt]) -> Vec<Item> {
    let public = quiz.public(0);
    let of_question = |question: &course::PublicQuestion| {
        let results = attempts.iter().filter_map(|attempt| {
            let results = attempt.report.get("questions")?.as_array()?;
            let result = results.iter().find(|result| result["id"] == question.id.as_str())?;
            Some((attempt, result["correct"].as_bool()?))
        });
        let results: Vec<_> = results.collect();
        let wrong = results.iter().filter(|(_, right)| !right);
        let answers = wrong.filter_map(|(attempt, _)| {
            let answer = attempt.submission.get("answers")?.get(&question.id)?;
            Some(answer_in_words(&question.kind, answer))
        });
        let (right, of) = firsts(results.iter().map(|(attempt, right)| (attempt.learner.as_str(), *right)));
        Item { name: question.prompt.clone(), right, of, wrong: counted(answers) }
    };
    public.questions.iter().map(of_question).collect()
}

/// Of each learner's first attempt: how many were right, and how many there were.
fn firsts<'a>(results: impl Iterator<Item = (&'a str, bool)>) -> (usize, usize) {
    let mut seen = HashSet::new();
    let first: Vec<bool> = results.filter(|(learner, _)| seen.insert(*learner)).map(|(_, right)| right).collect();
    (first.iter().filter(|right| **right).count(), first.len())
}

fn answer_in_words(kind: &PublicQuestionKind, answer: &Value) -> String {
    let option = |id: &str| match kind {
        PublicQuestionKind::MultipleChoice { options, .. } => {
            options.iter().find(|option| option.id == id).map_or_else(|| id.to_owned(), |option| option.text.clone())
        }
        _ => id.to_owned(),
    };
    let words = match answer {
        Value::String(text) => option(text),
        Value::Array(ids) => {
            let mut words: Vec<String> = ids.iter().filter_map(Value::as_str).map(option).collect();
            words.sort();
            words.join(" + ")
        }
        Value::Object(parts) if parts.contains_key("answer") => return answer_in_words(kind, &parts["answer"]),
        Value::Object(_) => "some flows judged wrongly".to_owned(),
        other => other.to_string(),
    };
    words.chars().take(200).collect()
}

/// For a lab, checks fail once for each wrong flow; here each check counts once an attempt.
fn checks(attempts: &[Attempt]) -> Vec<Item> {
    let mut order: Vec<String> = Vec::new();
    let mut results: BTreeMap<String, Vec<(&str, bool)>> = BTreeMap::new();
    for attempt in attempts {
        let mut passed: BTreeMap<&str, bool> = BTreeMap::new();
        for check in attempt.report.get("checks").and_then(Value::as_array).into_iter().flatten() {
            let name = check["name"].as_str().unwrap_or_default();
            *passed.entry(name).or_insert(true) &= check["passed"] == true;
            if !order.iter().any(|known| known == name) {
                order.push(name.to_owned());
            }
        }
        for (name, passed) in passed {
            results.entry(name.to_owned()).or_default().push((&attempt.learner, passed));
        }
    }
    let item = |name: String| {
        let (right, of) = firsts(results.remove(&name).unwrap_or_default().into_iter());
        Item { name, right, of, wrong: Vec::new() }
    };
    order.into_iter().map(item).collect()
}

fn counted(words: impl Iterator<Item = String>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.truncate(10);
    counts
}
