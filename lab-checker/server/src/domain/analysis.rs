//! What a whole class finds hard: for a quiz, each question and the wrong answers given to it; for a lab,
//! the checks that fail and the mistakes that are made.

use std::collections::{BTreeMap, HashMap, HashSet};

use course::{PublicQuestion, PublicQuestionKind};
use serde::Deserialize;
use serde_json::Value;

use super::class;
use crate::{
    activity::{Activity, ActivityKind},
    app::{App, evaluation::INSTRUCTORS},
    problem::Problem,
    store::Judged,
};

/// How many attempts are looked at: the newest.
const MOST: u32 = 5_000;
/// How many of them are read at once.
const BATCH: u32 = 200;

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

/// Look at everybody's attempts at an activity: the newest, from the oldest of them on, some at a time.
pub(crate) async fn of(app: &App, activity: &Activity) -> Result<Analysis, Problem> {
    let class: HashSet<String> = class::learners(app).await?.into_iter().map(|learner| learner.id).collect();
    let mut after = app.store.before_the_newest(activity, MOST).await?.unwrap_or_default();
    let mut seen = Seen::default();
    loop {
        let mut attempts = app.store.judged_after(activity, &after, BATCH).await?;
        let Some(last) = attempts.last() else { break };
        after.clone_from(&last.id);
        attempts.retain(|attempt| class.contains(&attempt.learner));
        let (there, name) = (app.clone(), activity.clone());
        seen = app.evaluation.run(INSTRUCTORS, move || seen.with(&there, &name, &attempts)).await?;
    }
    Ok(Analysis { class: class.len(), ..seen.analysis(app, activity) })
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

/// What an analysis reads of a report.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ReadReport {
    checks: Vec<ReadCheck>,
    questions: Vec<ReadQuestion>,
    mistake: Option<ReadMistake>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ReadCheck {
    name: String,
    passed: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ReadQuestion {
    id: String,
    correct: bool,
    /// Each as the course writes it; what is of long ago may be of another form.
    flows: Vec<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ReadMistake {
    name: String,
}

/// What has been seen so far.
#[derive(Default)]
struct Seen {
    attempts: usize,
    /// Everybody, and whether they passed.
    learners: HashMap<String, bool>,
    /// Checks by their name, or questions by their id, in the order in which they came.
    items: Vec<(String, SeenItem)>,
    mistakes: BTreeMap<String, usize>,
}

#[derive(Default)]
struct SeenItem {
    /// Who has answered it, and whether their first answer was right.
    first: HashMap<String, bool>,
    wrong: BTreeMap<Said, usize>,
}

impl Seen {
    fn with(mut self, app: &App, activity: &Activity, attempts: &[Judged]) -> Self {
        let questions = app.course.quiz(&activity.name).map(|quiz| quiz.public(0).questions).unwrap_or_default();
        for attempt in attempts {
            self.attempts += 1;
            *self.learners.entry(attempt.learner.clone()).or_default() |= attempt.passed;
            // A report of long ago may not be readable; then nothing is known of it.
            let report: ReadReport = serde_json::from_str(&attempt.report).unwrap_or_default();
            match activity.kind {
                ActivityKind::Quiz => self.answered(&questions, attempt, &report),
                ActivityKind::Lab => self.checked(attempt, &report),
            }
        }
        self
    }

    fn answered(&mut self, questions: &[PublicQuestion], attempt: &Judged, report: &ReadReport) {
        let handed_in: Value = serde_json::from_str(&attempt.answers).unwrap_or_default();
        for result in &report.questions {
            let item = self.item(&result.id);
            item.first.entry(attempt.learner.clone()).or_insert(result.correct);
            let answer = handed_in.get("answers").and_then(|answers| answers.get(&result.id));
            let question = questions.iter().find(|question| question.id == result.id);
            if let (false, Some(answer), Some(question)) = (result.correct, answer, question) {
                for said in said(&question.kind, answer, result.flows.clone()) {
                    *item.wrong.entry(said).or_default() += 1;
                }
            }
        }
    }

    /// Checks fail once for each wrong flow; here each check counts once an attempt.
    fn checked(&mut self, attempt: &Judged, report: &ReadReport) {
        let mut passed: BTreeMap<&str, bool> = BTreeMap::new();
        for check in &report.checks {
            self.item(&check.name);
            *passed.entry(&check.name).or_insert(true) &= check.passed;
        }
        for (name, passed) in passed {
            self.item(name).first.entry(attempt.learner.clone()).or_insert(passed);
        }
        if let Some(mistake) = &report.mistake {
            *self.mistakes.entry(mistake.name.clone()).or_default() += 1;
        }
    }

    fn item(&mut self, name: &str) -> &mut SeenItem {
        let known = self.items.iter().position(|(known, _)| known == name);
        let at = known.unwrap_or_else(|| {
            self.items.push((name.to_owned(), SeenItem::default()));
            self.items.len() - 1
        });
        &mut self.items[at].1
    }

    fn analysis(mut self, app: &App, activity: &Activity) -> Analysis {
        let (attempts, learners) = (self.attempts, self.learners.len());
        let passed = self.learners.values().filter(|passed| **passed).count();
        let mistakes = most_frequent(std::mem::take(&mut self.mistakes));
        let items = match activity.kind {
            ActivityKind::Quiz => {
                let quiz = app.course.quiz(&activity.name).map(|quiz| quiz.public(0));
                let questions = quiz.into_iter().flat_map(|quiz| quiz.questions);
                questions.map(|question| std::mem::take(self.item(&question.id)).told(question.prompt)).collect()
            }
            ActivityKind::Lab => self.items.into_iter().map(|(name, item)| item.told(name)).collect(),
        };
        Analysis { attempts, learners, passed, items, mistakes, ..Analysis::default() }
    }
}

impl SeenItem {
    fn told(self, name: String) -> Item {
        let right = self.first.values().filter(|right| **right).count();
        Item { name, right, of: self.first.len(), wrong: most_frequent(self.wrong) }
    }
}

/// How much of what a learner wrote is shown, in characters.
const SHOWN: usize = 200;

/// What was wrong about an answer.
fn said(kind: &PublicQuestionKind, answer: &Value, flows: Vec<Value>) -> Vec<Said> {
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
            let flows = flows.into_iter();
            let flows = flows.filter_map(|flow| serde_json::from_value::<course::FlowResult>(flow).ok());
            let wrong = flows.filter(|flow| flow.answer.is_some_and(|answer| answer != flow.verdict));
            let said = |flow: course::FlowResult| {
                let answer = flow.answer.map(|answer| answer.to_string()).unwrap_or_default();
                Said::Flow(flow.flow.to_string(), answer)
            };
            wrong.map(said).collect()
        }
    }
}

fn most_frequent<T: Ord>(counts: BTreeMap<T, usize>) -> Vec<(T, usize)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.truncate(10);
    counts
}
