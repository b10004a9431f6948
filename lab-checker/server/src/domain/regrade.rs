//! Grading again: what the course says today about old attempts; first to look at, then to keep.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{hand_in, named::kind_named};
use crate::{
    activity,
    app::App,
    problem::Problem,
    store::{Attempt, AttemptFilter, Grade},
};

/// How many attempts are read and graded at once.
const BATCH: u32 = 200;

/// What to grade again.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub(crate) struct RegradeRequest {
    /// `lab` or `quiz`; both when left out.
    #[serde(default)]
    pub(crate) kind: Option<String>,
    /// The lab or quiz; all when left out.
    #[serde(default)]
    pub(crate) activity: Option<String>,
    /// Keep the new grades. Without it nothing changes: a preview.
    #[serde(default)]
    pub(crate) commit: bool,
}

/// What grading again changes.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Regraded {
    /// Whether the new grades are kept.
    pub(crate) committed: bool,
    /// How many attempts were graded again.
    pub(crate) graded: usize,
    /// How many could not be, because the course has their lab or quiz no more.
    pub(crate) gone: usize,
    /// The attempts whose points or verdict change.
    pub(crate) changes: Vec<Change>,
}

/// One attempt that is graded differently now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Change {
    pub(crate) attempt: String,
    pub(crate) learner: String,
    /// `lab` or `quiz`.
    pub(crate) kind: &'static str,
    pub(crate) activity: String,
    pub(crate) before: Score,
    pub(crate) after: Score,
}

/// A grade in short.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Score {
    pub(crate) points: f64,
    pub(crate) max_points: f64,
    pub(crate) passed: bool,
}

/// Grade again.
pub(crate) async fn regraded(app: &App, request: &RegradeRequest) -> Result<Regraded, Problem> {
    let kind = request.kind.as_deref().map(kind_named).transpose()?;
    let mut filter = AttemptFilter { kind, name: request.activity.clone(), ..AttemptFilter::default() };
    let mut result = Regraded { committed: request.commit, ..Regraded::default() };
    let mut keep = Vec::new();
    loop {
        let attempts = app.store.whole_attempts(&filter, BATCH).await?;
        let Some(last) = attempts.last() else { break };
        filter.before = Some(last.id.clone());
        let app_there = app.clone();
        for (attempt, grade) in app.grading.run(move || graded_again(&app_there, attempts)).await? {
            let Some(grade) = grade else {
                result.gone += 1;
                continue;
            };
            result.graded += 1;
            if let Some(change) = change(&attempt, &grade) {
                result.changes.push(change);
                keep.push((attempt.id, grade));
            }
        }
    }
    if request.commit {
        app.store.regrade(&keep).await?;
    }
    Ok(result)
}

fn graded_again(app: &App, attempts: Vec<Attempt>) -> Vec<(Attempt, Option<Grade>)> {
    let grade = |attempt: &Attempt| hand_in::grade(app, &attempt.activity, &attempt.submission);
    attempts.into_iter().map(|attempt| (grade(&attempt), attempt)).map(|(grade, attempt)| (attempt, grade)).collect()
}

fn change(attempt: &Attempt, grade: &Grade) -> Option<Change> {
    let before = Score { points: attempt.points, max_points: attempt.max_points, passed: attempt.passed };
    let after = Score { points: grade.points, max_points: grade.max_points, passed: grade.passed };
    (before != after).then(|| Change {
        attempt: attempt.id.clone(),
        learner: attempt.learner.clone(),
        kind: activity::word(attempt.activity.kind),
        activity: attempt.activity.name.clone(),
        before,
        after,
    })
}
