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
    /// How many learners there are.
    pub(crate) class: usize,
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
    pub(crate) wrong: Vec<(Said, usize)>,
}

/// A wrong answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Said {
    /// Options that were chosen together: Markdown of the course.
    Options(Vec<String>),
    /// What learners wrote: text, whatever it looks like.
    Text(String),
    /// A flow, and what was said of it.
    Flow(String, String),
}

/// A part's share of a whole, for a chart.
fn percent(part: &usize, of: &usize) -> usize {
    (part * 100).checked_div(*of).unwrap_or_default()
}

impl Item {
    /// How many in a hundred got it right at first.
    pub(crate) fn percent(&self) -> usize {
        percent(&self.right, &self.of)
    }

    /// How many in a hundred of the wrong answers are this one.
    pub(crate) fn percent_of_wrong(&self, count: &usize) -> usize {
        percent(count, &self.wrong.iter().map(|(_, count)| count).sum())
    }
}

/// Look at everybody's attempts at an activity.
pub(crate) async fn of(app: &App, activity: &Activity) -> Result<Analysis, Problem> {
    let mut attempts = app.store.whole_attempts(&AttemptFilter::at(activity), MOST).await?;
    let class: HashSet<String> = class::learners(app).await?.into_iter().map(|learner| learner.id).collect();
    attempts.retain(|attempt| class.contains(&attempt.learner));
    let (app_there, activity) = (app.clone(), activity.clone());
    let analysis = app.grading.run(move || analysed(&app_there, &activity, attempts)).await?;
    Ok(Analysis { class: class.len(), ..analysis })
}

impl Analysis {
    /// How many of a hundred attempts these are.
    pub(crate) fn percent_of_attempts(&self, count: &usize) -> usize {
        percent(count, &self.attempts)
    }

    /// Of a hundred learners: how many passed, and how many have only tried.
    pub(crate) fn shares(&self) -> (usize, usize) {
        (percent(&self.passed, &self.class), percent(&(self.learners - self.passed.min(self.learners)), &self.class))
    }
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
            Some((attempt, result, result["correct"].as_bool()?))
        });
        let results: Vec<_> = results.collect();
        let wrong = results.iter().filter(|(.., right)| !right);
        let answers = wrong.flat_map(|(attempt, result, _)| {
            let answer = attempt.submission.get("answers").and_then(|answers| answers.get(&question.id));
            answer.map(|answer| said(&question.kind, answer, result)).unwrap_or_default()
        });
        let (right, of) = firsts(results.iter().map(|(attempt, _, right)| (attempt.learner.as_str(), *right)));
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

/// How much of what a learner wrote is shown, in characters.
const SHOWN: usize = 200;

/// What was wrong about an answer.
fn said(kind: &PublicQuestionKind, answer: &Value, result: &Value) -> Vec<Said> {
    let answer = answer.get("answer").filter(|_| answer.is_object()).unwrap_or(answer);
    match kind {
        PublicQuestionKind::MultipleChoice { options, .. } => {
            let ids: Vec<&str> = match answer {
                Value::Array(ids) => ids.iter().filter_map(Value::as_str).collect(),
                one => one.as_str().into_iter().collect(),
            };
            let chosen = options.iter().filter(|option| ids.contains(&option.id.as_str()));
            let mut chosen: Vec<String> = chosen.map(|option| option.text.clone()).collect();
            chosen.sort();
            if chosen.is_empty() { Vec::new() } else { vec![Said::Options(chosen)] }
        }
        PublicQuestionKind::ShortAnswer { .. } => {
            let text = answer.as_str().map(|text| text.trim().chars().take(SHOWN).collect::<String>());
            text.filter(|text| !text.is_empty()).map(Said::Text).into_iter().collect()
        }
        PublicQuestionKind::Reachability { .. } => {
            let flows = result.get("flows").and_then(Value::as_array).into_iter().flatten();
            let flows = flows.filter_map(|flow| serde_json::from_value::<course::FlowResult>(flow.clone()).ok());
            let wrong = flows.filter(|flow| flow.answer.is_some_and(|answer| answer != flow.verdict));
            let said = |flow: course::FlowResult| {
                let answer = flow.answer.map(|answer| answer.to_string()).unwrap_or_default();
                Said::Flow(flow.flow.to_string(), answer)
            };
            wrong.map(said).collect()
        }
    }
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

fn counted<T: Ord>(all: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.truncate(10);
    counts
}
