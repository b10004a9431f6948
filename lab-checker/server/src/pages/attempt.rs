//! `/instructor/attempts/ID`: what one learner handed in, and what was said about it.

use askama::Template;
use axum::extract::{Path, State};
use course::Report;
use manifest::Source;
use serde_json::Value;

use super::{
    Frame, Page, filters, html,
    quiz::{ResultRow, rows},
    reading::{Nothing, PageQuery},
    visitor::InstructorPage,
};
use crate::{
    activity::{self, ActivityKind},
    app::App,
    domain::{
        appeals::{self, AppealRow},
        named::is_id,
        objects::for_people,
        submission::{self, Changes, Judged, is_made_by_another},
    },
    problem::Problem,
    store::{AppealFilter, Attempt, GradeOfTime},
};

#[derive(Template)]
#[template(path = "attempt.html")]
struct AttemptPage {
    frame: Frame,
    attempt: Attempt,
    learner: String,
    kind: &'static str,
    report: Option<Report>,
    questions: Vec<ResultRow>,
    submission: String,
    /// The grades that it has had, when it was graded again.
    grades: Vec<GradeOfTime>,
    /// What the learner says about it.
    appeals: Vec<AppealRow>,
}

/// What a learner's own page shows of an attempt at a lab.
pub(super) struct LabAttempt {
    pub(super) report: Option<Report>,
    pub(super) submission: String,
}

/// An attempt as its learner sees it; of a quiz that is gone, only what was handed in.
pub(super) async fn lab_attempt(app: &App, attempt: &Attempt) -> Result<LabAttempt, Problem> {
    let is_lab = attempt.activity.kind == ActivityKind::Lab;
    let report = is_lab.then(|| serde_json::from_value(attempt.report.clone()).ok()).flatten();
    let judged = submission::judged(app, attempt).await?;
    Ok(LabAttempt { report, submission: judged.map(|judged| handed_in(&judged)).unwrap_or_default() })
}

pub(super) async fn page(
    State(app): State<App>,
    _: InstructorPage,
    Path(id): Path<String>,
    _: PageQuery<Nothing>,
) -> Page {
    let found = if is_id(&id) { app.store.attempt(&id).await? } else { None };
    let attempt = found.ok_or_else(|| Problem::not_found("there is no such attempt"))?;
    let learner = app.store.learner(&attempt.learner).await?.map(|learner| learner.name).unwrap_or_default();
    let is_lab = attempt.activity.kind == ActivityKind::Lab;
    let report = is_lab.then(|| serde_json::from_value(attempt.report.clone()).ok()).flatten();
    let questions = if is_lab { Vec::new() } else { rows(&app, &attempt).map(|(_, rows)| rows).unwrap_or_default() };
    let mut grades = app.store.grades_of_time(&attempt.learner).await?;
    grades.retain(|grade| grade.attempt == attempt.id);
    let about = AppealFilter { attempt: Some(attempt.id.clone()), ..AppealFilter::default() };
    let appeals = appeals::listed(&app, &about, 1).await?;
    Ok(html(&AttemptPage {
        frame: Frame::for_instructor(&app, &format!("{learner}: {}", attempt.activity.name)),
        learner,
        kind: activity::word(attempt.activity.kind),
        report,
        questions,
        submission: submission::judged(&app, &attempt).await?.map(|judged| handed_in(&judged)).unwrap_or_default(),
        grades: if grades.len() > 1 { grades } else { Vec::new() },
        appeals,
        attempt,
    }))
}

/// What was handed in, as YAML; of a cluster only what a learner can have changed.
fn handed_in(judged: &Judged) -> String {
    let yaml = |object: &Value| manifest::to_yaml(&for_people(object));
    if let Some(Changes { added, changed, removed }) = &judged.changes {
        let there = added.iter().chain(changed).filter(|object| !is_made_by_another(object)).map(yaml);
        let gone = removed.iter().map(|object| format!("# removed: {}\n", manifest::ObjectId::of(object)));
        return there.chain(gone).collect::<Vec<_>>().join("---\n");
    }
    let telling = judged.objects.iter().filter(|object| {
        // Workloads are of a cluster's own making as often as of the learner's.
        manifest::kinds::of(object).is_some_and(|kind| kind.is_policy() || kind.name == "ConfigMap")
            || judged.source == Source::Files
    });
    telling.map(yaml).collect::<Vec<_>>().join("---\n")
}
