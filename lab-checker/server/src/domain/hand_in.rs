//! Handing in: from what a learner sends to an attempt on disk. The server grades by itself; nothing
//! that a client says about its own score is read.

use course::{Answers, Lab, QuizReport, Report, markdown_to_html};
use manifest::Source;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::started::has_start;
use crate::{
    activity::{Activity, ActivityKind},
    app::App,
    problem::Problem,
    store::{Attempt, Grade, Learner},
};

/// How much one submission may hold: it is kept forever.
pub(crate) const SUBMISSION: usize = 256 << 10;
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
    let objects = app.clusters.objects(learner, wanted).await?.ok_or_else(|| Problem::not_started(name))?;
    lab(app, learner, name, submission(wanted, &objects, HandInSource::Cluster)).await
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
    lab(app, learner, name, submission(wanted, &objects, source)).await
}

/// What is graded and kept: of the objects, what a check of the lab reads.
fn submission(lab: &Lab, objects: &[Value], source: HandInSource) -> Value {
    match source {
        HandInSource::Files => json!({"source": "files", "objects": lab.reduced(objects, Source::Files)}),
        HandInSource::Cluster => json!({"source": "cluster", "objects": lab.reduced(objects, Source::Cluster)}),
    }
}

/// Grade the answers to a quiz, for the record.
pub(crate) async fn quiz(app: &App, learner: &Learner, name: &str, answers: Answers) -> Result<Attempt, Problem> {
    let quiz = app.quiz(name)?;
    app.limits.attempts.take(learner.id.clone())?;
    // Grading a quiz is comparing a few words: no thread is worth it.
    let report = quiz.hand_in(&answers).map_err(|unusable| Problem::invalid(unusable.to_string()))?;
    let grade = quiz_grade(&report);
    let submission = json!({"answers": answers});
    record(app, Attempt::new(&learner.id, Activity::quiz(name), submission, grade)).await
}

/// What grading says about one question while the others are still open. Nothing is kept; it counts against the
/// same limit as an attempt, because it says as much.
pub(crate) fn feedback(app: &App, learner: &Learner, name: &str, answers: &Answers) -> Result<Value, Problem> {
    let quiz = app.quiz(name)?;
    app.limits.attempts.take(learner.id.clone())?;
    if answers.0.len() != 1 {
        return Err(Problem::invalid("answer one question; to answer several, hand them in"));
    }
    let report = quiz.hand_in(answers).map_err(|unusable| Problem::invalid(unusable.to_string()))?;
    let asked = report.questions.into_iter().find(|question| answers.0.contains_key(&question.id));
    let result = asked.ok_or_else(Problem::failed)?;
    let html = result.explanation.as_deref().map(markdown_to_html);
    let mut result = serde_json::to_value(result).map_err(|_| Problem::failed())?;
    result["explanation_html"] = json!(html);
    Ok(result)
}

async fn lab(app: &App, learner: &Learner, name: &str, submission: Value) -> Result<Attempt, Problem> {
    let activity = Activity::lab(name);
    let (grade, submission) = {
        let (app_there, activity) = (app.clone(), activity.clone());
        app.grading.run(move || (grade(&app_there, &activity, &submission), submission)).await?
    };
    let grade = grade.ok_or_else(Problem::failed)?;
    record(app, Attempt::new(&learner.id, activity, submission, grade)).await
}

async fn record(app: &App, attempt: Attempt) -> Result<Attempt, Problem> {
    app.store.record(attempt.clone()).await?;
    app.metrics.graded(attempt.activity.kind, attempt.passed);
    Ok(attempt)
}

/// What the course says about a submission now; nothing when the course has no such activity any more.
pub(crate) fn grade(app: &App, activity: &Activity, submission: &Value) -> Option<Grade> {
    match activity.kind {
        ActivityKind::Quiz => {
            let answers = serde_json::from_value(submission.get("answers")?.clone()).ok()?;
            Some(quiz_grade(&app.course.quiz(&activity.name)?.grade(&answers)))
        }
        ActivityKind::Lab => {
            let checker = app.checkers.get(&activity.name)?;
            let objects = submission.get("objects")?.as_array()?;
            Some(lab_grade(&match submission.get("source")?.as_str()? {
                "cluster" => checker.check(objects, Source::Cluster),
                _ => checker.check_files(objects),
            }))
        }
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

fn lab_grade(report: &Report) -> Grade {
    Grade {
        points: report.points,
        max_points: report.max_points,
        passed: report.passed,
        report: serde_json::to_value(report).unwrap_or_default(),
    }
}
