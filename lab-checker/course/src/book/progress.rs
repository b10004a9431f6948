//! A learner's progress: what attempts are worth. A score is computed from attempts, never stored; of several
//! attempts at an activity the best counts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::activity::{Activity, ActivityKind};
use super::course::Course;
use crate::files::rounded;

/// What one attempt was worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What was attempted.
    pub activity: Activity,
    /// The points of the report.
    pub points: f64,
    /// Whether it passed.
    pub passed: bool,
}

/// How far a learner is with an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityState {
    /// No attempt.
    Open,
    /// Attempts, none of which passed.
    Tried,
    /// Passed.
    Passed,
}

/// A learner's progress through the course.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Progress {
    /// The sum of the best attempts.
    pub points: f64,
    /// What the course is worth.
    pub max_points: f64,
    /// How many activities are passed.
    pub passed: usize,
    /// How many activities there are.
    pub activities: usize,
    /// The lessons that have activities, in the order of the book.
    pub chapters: Vec<ChapterProgress>,
}

/// Progress in one lesson.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChapterProgress {
    /// The lesson's name.
    pub chapter: String,
    /// The lesson's title.
    pub title: String,
    /// Its activities, in the order of the lesson.
    pub activities: Vec<ActivityProgress>,
}

/// Progress with one activity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ActivityProgress {
    /// Which.
    #[serde(flatten)]
    pub activity: Activity,
    /// Its title.
    pub title: String,
    /// How far the learner is.
    pub state: ActivityState,
    /// The best attempt's points.
    pub points: f64,
    /// What it is worth.
    pub max_points: f64,
    /// How many attempts there were.
    pub attempts: usize,
}

#[derive(Default)]
struct Best {
    points: f64,
    passed: bool,
    attempts: usize,
}

impl Course {
    /// What these attempts, of one learner and in any order, are worth. Attempts at activities that the
    /// course does not have any more are left out.
    #[must_use]
    pub fn progress(&self, attempts: impl IntoIterator<Item = Outcome>) -> Progress {
        let mut best: BTreeMap<Activity, Best> = BTreeMap::new();
        for attempt in attempts {
            let best = best.entry(attempt.activity).or_default();
            best.points = best.points.max(attempt.points);
            best.passed |= attempt.passed;
            best.attempts += 1;
        }
        let chapters: Vec<ChapterProgress> = self
            .chapters
            .iter()
            .filter(|chapter| !chapter.activities.is_empty())
            .map(|chapter| ChapterProgress {
                chapter: chapter.name.clone(),
                title: chapter.title.clone(),
                activities: chapter
                    .activities
                    .iter()
                    .filter_map(|activity| self.activity_progress(activity, best.remove(activity).unwrap_or_default()))
                    .collect(),
            })
            .collect();
        Progress::of(chapters)
    }

    fn activity_progress(&self, activity: &Activity, best: Best) -> Option<ActivityProgress> {
        let (title, max_points) = match activity.kind {
            ActivityKind::Lab => self.lab(&activity.name).map(|lab| (lab.title.clone(), lab.points))?,
            ActivityKind::Quiz => self.quiz(&activity.name).map(|quiz| (quiz.title.clone(), quiz.points))?,
        };
        let state = match best.attempts {
            _ if best.passed => ActivityState::Passed,
            0 => ActivityState::Open,
            _ => ActivityState::Tried,
        };
        let points = rounded(best.points.min(max_points));
        Some(ActivityProgress { activity: activity.clone(), title, state, points, max_points, attempts: best.attempts })
    }
}

impl Progress {
    fn of(chapters: Vec<ChapterProgress>) -> Self {
        let all = || chapters.iter().flat_map(|chapter| &chapter.activities);
        Self {
            points: rounded(all().map(|activity| activity.points).sum()),
            max_points: rounded(all().map(|activity| activity.max_points).sum()),
            passed: all().filter(|activity| activity.state == ActivityState::Passed).count(),
            activities: all().count(),
            chapters,
        }
    }
}
