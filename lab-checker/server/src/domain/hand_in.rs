//! Handing in: from what a learner sends to an attempt on disk. The server grades by itself; nothing
//! that a client says about its own score is read.

use std::sync::Arc;

use course::{Answers, Checker, Lab, QuestionState, Quiz, QuizReport};
use manifest::Source;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{
    named::is_id,
    questions,
    started::has_start,
    submission::{self, Judged},
};
use crate::{
    activity::{Activity, ActivityKind},
    app::{
        App,
        answers::{About, Question},
    },
    problem::Problem,
    store::{Attempt, Grade, Learner},
};

/// How many objects one submission may hold.
const OBJECTS: usize = 500;

/// Where objects that are handed in are from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HandInSource {
    /// They are what a learner wrote: they are judged on top of the lab's start.
    #[default]
    Files,
    /// They are all that matters of a cluster in which the lab was started: they are judged as they are.
    Cluster,
}

/// Check a lab in its world, wherever kubectl is, for the record.
pub(crate) async fn lab_in_cluster(app: &App, learner: &Learner, name: &str) -> Result<Attempt, Problem> {
    let wanted = app.lab(name)?;
    app.limits.attempts.take(learner.id.clone())?;
    let world = app.clusters.rehearsal(learner, wanted).await?.ok_or_else(|| Problem::not_started(name))?;
    let start = submission::start(app, wanted).await?;
    // Who checks again what has not changed is told the same, and it is kept again.
    let about = world.version().cloned().map(About::World).ok_or_else(Problem::failed)?;
    lab(app, learner, name, about, move |lab| submission::of_world(lab, &start, &world.objects())).await
}

/// Check a lab in objects that the learner sends, for the record.
pub(crate) async fn lab_in_objects(
    app: &App,
    learner: &Learner,
    name: &str,
    objects: Vec<Value>,
    source: HandInSource,
) -> Result<Attempt, Problem> {
    let wanted = app.lab(name)?;
    app.limits.attempts.take(learner.id.clone())?;
    if objects.len() > OBJECTS {
        return Err(Problem::invalid(format!("an attempt holds at most {OBJECTS} objects")));
    }
    if !objects.iter().all(Value::is_object) {
        return Err(Problem::invalid("each of `objects` is a Kubernetes object"));
    }
    if source == HandInSource::Cluster && !has_start(wanted, &objects) {
        return Err(Problem::not_started(name));
    }
    let from = match source {
        HandInSource::Files => Source::Files,
        HandInSource::Cluster => Source::Cluster,
    };
    let about = About::Objects(Sha256::digest(json!([from == Source::Cluster, objects]).to_string()).into());
    lab(app, learner, name, about, move |lab| submission::of_objects(lab, &objects, from)).await
}

/// Grade the answers to a quiz, for the record. Of an earlier attempt the right answers count for questions that are
/// not answered again.
pub(crate) async fn quiz(
    app: &App,
    learner: &Learner,
    name: &str,
    answers: Answers,
    kept: Option<&Attempt>,
) -> Result<Attempt, Problem> {
    let quiz = app.quiz(name)?;
    app.limits.attempts.take(learner.id.clone())?;
    let mut answers = questions::authored(app, learner, quiz, answers);
    for (question, answer) in kept.map(questions::right_answers).unwrap_or_default() {
        if quiz.public(0).questions.iter().any(|asked| asked.id == question) {
            answers.0.entry(question).or_insert(answer);
        }
    }
    // Grading a quiz is comparing a few words: no thread is worth it.
    let report = quiz.hand_in(&answers).map_err(|unusable| Problem::invalid(unusable.to_string()))?;
    let grade = quiz_grade(&report);
    let submission = json!({"answers": answers});
    record(app, Attempt::new(&learner.id, Activity::quiz(name), submission, grade)).await
}

/// What grading says about one question while the others are still open. Nothing is kept; it counts against the
/// same limit as an attempt, because it says as much.
pub(crate) fn feedback(app: &App, learner: &Learner, name: &str, answers: Answers) -> Result<Value, Problem> {
    let quiz = app.quiz(name)?;
    app.limits.attempts.take(learner.id.clone())?;
    if answers.0.len() != 1 {
        return Err(Problem::invalid("answer one question; to answer several, hand them in"));
    }
    let answers = questions::authored(app, learner, quiz, answers);
    let mut report = quiz.grade(&answers);
    report.questions.retain(|question| answers.0.contains_key(&question.id));
    match report.questions.pop() {
        Some(result) if result.state != QuestionState::Unanswered => {
            Ok(questions::result_for_learner(app, learner, &result))
        }
        _ => Err(unusable(quiz, &answers)),
    }
}

/// Why these answers cannot be handed in.
fn unusable(quiz: &Quiz, answers: &Answers) -> Problem {
    quiz.hand_in(answers).err().map_or_else(Problem::failed, |unusable| Problem::invalid(unusable.to_string()))
}

/// Judge what is read when it is its turn, and keep it.
async fn lab(
    app: &App,
    learner: &Learner,
    name: &str,
    about: About,
    read: impl FnOnce(&Lab) -> Result<(Value, Judged), Problem> + Send + 'static,
) -> Result<Attempt, Problem> {
    let (there, lab) = (app.clone(), name.to_owned());
    let graded = move || {
        let checker = there.checker(&lab)?;
        let (kept, judged) = read(checker.lab())?;
        Ok((kept, lab_grade(checker, &judged)))
    };
    let question = Question { about, lab: name.to_owned(), asked: "check".to_owned() };
    let (kept, grade) = Arc::unwrap_or_clone(app.evaluation.ask(&learner.id, question, graded).await?);
    record(app, Attempt::new(&learner.id, Activity::lab(name), kept, grade)).await
}

async fn record(app: &App, attempt: Attempt) -> Result<Attempt, Problem> {
    app.store.record(attempt.clone()).await?;
    app.metrics.graded(attempt.activity.kind, attempt.passed);
    Ok(attempt)
}

/// An attempt of this learner.
pub(crate) async fn of_learner(app: &App, learner: &Learner, id: &str) -> Result<Attempt, Problem> {
    let found = if is_id(id) { app.store.attempt(id).await? } else { None };
    let theirs = found.filter(|attempt| attempt.learner == learner.id);
    theirs.ok_or_else(|| Problem::not_found("there is no such attempt of yours"))
}

/// What the course says about a submission now; nothing when the course has no such activity any more, or it cannot be
/// read. What was handed in at a lab has been read before.
pub(crate) fn grade(app: &App, activity: &Activity, submission: &Value, judged: Option<&Judged>) -> Option<Grade> {
    match activity.kind {
        ActivityKind::Quiz => {
            let answers = serde_json::from_value(submission.get("answers")?.clone()).ok()?;
            Some(quiz_grade(&app.course.quiz(&activity.name)?.grade(&answers)))
        }
        ActivityKind::Lab => Some(lab_grade(app.checkers.get(&activity.name)?, judged?)),
    }
}

fn quiz_grade(report: &QuizReport) -> Grade {
    Grade {
        points: report.points,
        max_points: report.max_points,
        passed: report.passed,
        report: serde_json::to_value(report).unwrap_or_default(),
    }
}

fn lab_grade(checker: &Checker, judged: &Judged) -> Grade {
    let report = match judged.source {
        Source::Cluster => checker.check(&judged.objects, Source::Cluster),
        Source::Files => checker.check_files(&judged.objects),
    };
    Grade {
        points: report.points,
        max_points: report.max_points,
        passed: report.passed,
        report: serde_json::to_value(&report).unwrap_or_default(),
    }
}
