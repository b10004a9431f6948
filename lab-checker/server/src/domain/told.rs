//! What learners are told when attempts are graded again: what their result at a lab or quiz was, what it is, and
//! why. The best attempt counts, so what changes nothing about the best is not told.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    activity::{self, Activity, ActivityKind},
    app::App,
    problem::Problem,
    store::{GradeOfTime, Publication},
};

/// A grade in short.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ShortGrade)]
pub(crate) struct Score {
    pub(crate) points: f64,
    pub(crate) max_points: f64,
    pub(crate) passed: bool,
}

impl Score {
    fn is_better_than(self, other: Self) -> bool {
        (self.points, self.passed) > (other.points, other.passed)
    }
}

/// How the result at one lab or quiz has changed, or would.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct ChangedResult {
    /// `lab` or `quiz`.
    pub(crate) kind: &'static str,
    pub(crate) activity: String,
    pub(crate) title: String,
    /// The attempt that makes the difference.
    pub(crate) attempt: String,
    /// How many attempts are graded differently.
    pub(crate) attempts: usize,
    pub(crate) before: Score,
    pub(crate) after: Score,
    /// Why: what the instructor says, or else what is judged otherwise.
    pub(crate) reason: String,
    /// What is judged otherwise: for labs the first flow that is.
    pub(crate) difference: String,
}

/// What is kept of it while it is not published.
#[derive(Deserialize)]
struct Kept {
    title: String,
    attempt: String,
    attempts: usize,
    before: Score,
    after: Score,
    difference: String,
}

impl ChangedResult {
    /// As it is kept while it is not published.
    pub(crate) fn text(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// What was kept, told with these words.
    pub(crate) fn read(kind: &'static str, activity: String, text: &str, note: Option<&str>) -> Option<Self> {
        let Kept { title, attempt, attempts, before, after, difference } = serde_json::from_str(text).ok()?;
        let reason = note.unwrap_or(&difference).to_owned();
        Some(Self { kind, activity, title, attempt, attempts, before, after, reason, difference })
    }

    /// The page of the lab or quiz.
    pub(crate) fn path(&self) -> String {
        match self.kind {
            "lab" => format!("/labs/{}", self.activity),
            _ => format!("/quizzes/{}", self.activity),
        }
    }

    /// Whether the instructor says why.
    pub(crate) fn has_note(&self) -> bool {
        self.reason != self.difference
    }
}

/// What a learner is told.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Told {
    #[serde(flatten)]
    pub(crate) result: ChangedResult,
    /// RFC 3339.
    pub(crate) published_at: String,
    /// Whether the learner has handed in again since.
    pub(crate) answered_since: bool,
}

/// A learner's attempts at one activity, before and after.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    before: Option<Score>,
    after: Option<Score>,
    changed: usize,
    cause: Option<Cause>,
}

#[derive(Debug)]
struct Cause {
    points: f64,
    attempt: String,
    difference: String,
}

impl Tally {
    /// Count an attempt, with what differs when its grade changes.
    pub(crate) fn add(&mut self, attempt: &str, before: Score, after: Score, difference: Option<&str>) {
        let best =
            |best: Option<Score>, score: Score| Some(best.filter(|best| !score.is_better_than(*best)).unwrap_or(score));
        self.before = best(self.before, before);
        self.after = best(self.after, after);
        let Some(difference) = difference else { return };
        self.changed += 1;
        // What had the most points, or has them now, decides; of several the newest.
        let points = before.points.max(after.points);
        let rank = |cause: &Cause| (cause.points, cause.attempt.clone());
        if self.cause.as_ref().is_none_or(|cause| rank(cause) < (points, attempt.to_owned())) {
            self.cause = Some(Cause { points, attempt: attempt.to_owned(), difference: difference.to_owned() });
        }
    }

    /// What there is to tell, if there is anything.
    pub(crate) fn result(self, app: &App, activity: &Activity, note: Option<&str>) -> Option<ChangedResult> {
        let (before, after, cause) = (self.before?, self.after?, self.cause?);
        (before != after).then(|| ChangedResult {
            kind: activity::word(activity.kind),
            activity: activity.name.clone(),
            title: title(app, activity),
            attempt: cause.attempt,
            attempts: self.changed,
            before,
            after,
            reason: note.unwrap_or(&cause.difference).to_owned(),
            difference: cause.difference,
        })
    }
}

/// What an activity is called; its name when the course has it no more.
pub(crate) fn title(app: &App, activity: &Activity) -> String {
    let title = match activity.kind {
        ActivityKind::Lab => app.course.lab(&activity.name).map(|lab| &lab.title),
        ActivityKind::Quiz => app.course.quiz(&activity.name).map(|quiz| &quiz.title),
    };
    title.unwrap_or(&activity.name).clone()
}

/// What a learner is told: of each activity the last change.
pub(crate) async fn to(app: &App, learner: &str) -> Result<Vec<Told>, Problem> {
    let mut grades: BTreeMap<Activity, Vec<GradeOfTime>> = BTreeMap::new();
    for grade in app.store.grades_of_time(learner).await? {
        grades.entry(grade.activity.clone()).or_default().push(grade);
    }
    let mut told: Vec<Told> = grades.iter().filter_map(|(activity, grades)| at(app, activity, grades)).collect();
    told.sort_by(|a, b| b.published_at.cmp(&a.published_at));
    Ok(told)
}

/// What a learner is told about one activity.
pub(crate) async fn about(app: &App, learner: &str, activity: &Activity) -> Result<Option<Told>, Problem> {
    let all = to(app, learner).await?;
    let word = activity::word(activity.kind);
    Ok(all.into_iter().find(|told| told.result.kind == word && told.result.activity == activity.name))
}

fn at(app: &App, activity: &Activity, grades: &[GradeOfTime]) -> Option<Told> {
    let made = |grade: &GradeOfTime| grade.publication.as_ref().map(|(publication, _)| publication.clone());
    let last: Publication = grades.iter().filter_map(made).max()?;
    let mut tally = Tally::default();
    let mut answered_since = false;
    for grades in grades.chunk_by(|a, b| a.attempt == b.attempt) {
        let first = grades.first()?;
        if first.submitted_at > last.made_at {
            answered_since = true;
            continue;
        }
        let before = grades.iter().rev().find(|grade| made(grade).as_ref() != Some(&last)).unwrap_or(first);
        let new = grades.iter().find(|grade| made(grade).as_ref() == Some(&last));
        let difference = new.map(|grade| {
            let difference = grade.publication.as_ref().and_then(|(_, difference)| difference.clone());
            difference.unwrap_or_else(|| "The same answer counts otherwise now.".to_owned())
        });
        tally.add(&first.attempt, score(before), score(new.unwrap_or(before)), difference.as_deref());
    }
    let result = tally.result(app, activity, last.note.as_deref())?;
    Some(Told { result, published_at: last.made_at.to_string(), answered_since })
}

const fn score(grade: &GradeOfTime) -> Score {
    Score { points: grade.points, max_points: grade.max_points, passed: grade.passed }
}
