//! `/instructor/attempts/ID`: what one learner handed in, and what was said about it.

use askama::Template;
use axum::extract::{Path, State};
use course::Report;

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
pub(super) fn lab_attempt(attempt: &Attempt) -> LabAttempt {
    let is_lab = attempt.activity.kind == ActivityKind::Lab;
    let report = is_lab.then(|| serde_json::from_value(attempt.report.clone()).ok()).flatten();
    LabAttempt { report, submission: if is_lab { submission(attempt) } else { String::new() } }
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
        submission: submission(&attempt),
        grades: if grades.len() > 1 { grades } else { Vec::new() },
        appeals,
        attempt,
    }))
}

/// What was handed in, as YAML; of a cluster only what a learner can have changed.
fn submission(attempt: &Attempt) -> String {
    let Some(objects) = attempt.submission.get("objects").and_then(|objects| objects.as_array()) else {
        return manifest::to_yaml(&attempt.submission);
    };
    let telling = objects.iter().filter(|object| {
        // Workloads are of a cluster's own making as often as of the learner's.
        manifest::kinds::of(object).is_some_and(|kind| kind.is_policy() || kind.name == "ConfigMap")
            || attempt.submission["source"] == "files"
    });
    let texts: Vec<String> = telling.map(|object| manifest::to_yaml(&for_people(object))).collect();
    texts.join("---\n")
}
