//! What is kept of one hand-in, what grading says about it, and which of them to list.

use serde_json::Value;
use uuid::Uuid;

use crate::{
    activity::{Activity, ActivityKind},
    clock::Moment,
};

/// One hand-in, graded.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Sorts by time.
    pub id: String,
    /// Whose.
    pub learner: String,
    /// At what.
    pub activity: Activity,
    /// When.
    pub submitted_at: Moment,
    /// Points given.
    pub points: f64,
    /// Points possible.
    pub max_points: f64,
    /// Whether everything was right.
    pub passed: bool,
    /// What was handed in: enough to grade it again.
    pub submission: Value,
    /// What was said about it.
    pub report: Value,
}

impl Attempt {
    /// A new attempt, now.
    #[must_use]
    pub fn new(learner: &str, activity: Activity, submission: Value, grade: Grade) -> Self {
        Self {
            id: Uuid::now_v7().to_string(),
            learner: learner.to_owned(),
            activity,
            submitted_at: Moment::now(),
            points: grade.points,
            max_points: grade.max_points,
            passed: grade.passed,
            submission,
            report: grade.report,
        }
    }
}

/// What grading says about a submission.
#[derive(Debug, Clone, PartialEq)]
pub struct Grade {
    /// Points given.
    pub points: f64,
    /// Points possible.
    pub max_points: f64,
    /// Whether everything was right.
    pub passed: bool,
    /// The whole report.
    pub report: Value,
}

/// An attempt without its submission and report.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptSummary {
    /// The attempt.
    pub id: String,
    /// Whose.
    pub learner: String,
    /// At what.
    pub activity: Activity,
    /// When.
    pub submitted_at: Moment,
    /// Points given, after regrades.
    pub points: f64,
    /// Points possible.
    pub max_points: f64,
    /// Whether everything was right.
    pub passed: bool,
}

impl From<Attempt> for AttemptSummary {
    fn from(attempt: Attempt) -> Self {
        Self {
            id: attempt.id,
            learner: attempt.learner,
            activity: attempt.activity,
            submitted_at: attempt.submitted_at,
            points: attempt.points,
            max_points: attempt.max_points,
            passed: attempt.passed,
        }
    }
}

/// Which attempts to list.
#[derive(Debug, Clone, Default)]
pub struct AttemptFilter {
    /// Of this learner only.
    pub learner: Option<String>,
    /// At this kind of activity only.
    pub kind: Option<ActivityKind>,
    /// At the activity of this name only.
    pub name: Option<String>,
    /// Older than the attempt with this id, for the next page.
    pub before: Option<String>,
}

impl AttemptFilter {
    /// The attempts at one activity.
    #[must_use]
    pub fn at(activity: &Activity) -> Self {
        Self { kind: Some(activity.kind), name: Some(activity.name.clone()), ..Self::default() }
    }

    /// Of one learner only.
    #[must_use]
    pub fn of(self, learner: &str) -> Self {
        Self { learner: Some(learner.to_owned()), ..self }
    }
}
