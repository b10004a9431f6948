//! Grading again: what the course says today about old attempts; first to look at, then to keep and to tell.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    difference::{self, Difference},
    hand_in,
    named::kind_named,
    submission::{self, Judged},
    told::{ChangedResult, Score, Tally},
    words,
};
use crate::{
    activity::{self, Activity},
    app::{App, evaluation::INSTRUCTORS},
    problem::Problem,
    store::{Attempt, AttemptFilter, Grade, Regrade},
};

/// How many attempts are read and graded at once: each may be as large as one may be.
const BATCH: u32 = 50;

/// What to grade again.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub(crate) struct RegradeRequest {
    /// `lab` or `quiz`; both when left out.
    #[serde(default)]
    pub(crate) kind: Option<String>,
    /// The lab or quiz; all when left out.
    #[serde(default)]
    pub(crate) activity: Option<String>,
    /// Keep the new grades and tell the learners. Without it nothing changes: a preview.
    #[serde(default)]
    pub(crate) commit: bool,
    /// Why, in your words, for the learners whose result changes. Without it they are told the first flow or
    /// question that is judged otherwise.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub(crate) note: Option<String>,
}

/// What grading again changes.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Regraded {
    /// Whether the new grades are kept, and the learners told.
    pub(crate) committed: bool,
    /// How many attempts were graded again.
    pub(crate) graded: usize,
    /// How many could not be, because the course has their lab or quiz no more.
    pub(crate) gone: usize,
    /// The attempts whose points or verdict change.
    pub(crate) changes: Vec<Change>,
    /// What learners are told: each whose result changes, at each lab or quiz.
    pub(crate) told: Vec<Notice>,
}

/// One attempt that is graded differently now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Change {
    pub(crate) attempt: String,
    pub(crate) learner: String,
    /// The learner's name.
    pub(crate) name: String,
    /// `lab` or `quiz`.
    pub(crate) kind: &'static str,
    pub(crate) activity: String,
    pub(crate) before: Score,
    pub(crate) after: Score,
    /// Of a lab: the first flow that is judged otherwise.
    pub(crate) flow: Option<String>,
    /// What is judged otherwise, in a sentence.
    pub(crate) difference: String,
}

/// What one learner is told about one lab or quiz.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Notice {
    pub(crate) learner: String,
    /// The learner's name.
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) result: ChangedResult,
}

/// Grade again.
pub(crate) async fn regraded(app: &App, request: &RegradeRequest) -> Result<Regraded, Problem> {
    let kind = request.kind.as_deref().map(kind_named).transpose()?;
    let note = request.note.as_deref().map(|note| words::cleaned("the note", note)).transpose()?.flatten();
    let names = app.store.learners().await?.into_iter().map(|learner| (learner.id, learner.name)).collect();
    let mut run = Run { names, ..Run::default() };
    let mut filter = AttemptFilter { kind, name: request.activity.clone(), ..AttemptFilter::default() };
    loop {
        let attempts = app.store.whole_attempts(&filter, BATCH).await?;
        let Some(last) = attempts.last() else { break };
        filter.before = Some(last.id.clone());
        let mut read = Vec::with_capacity(attempts.len());
        for attempt in attempts {
            read.push((submission::judged(app, &attempt).await?, attempt));
        }
        let app_there = app.clone();
        for graded in app.evaluation.run(INSTRUCTORS, move || graded_again(&app_there, read)).await? {
            run.count(graded);
        }
    }
    if request.commit && !run.keep.is_empty() {
        app.store.regrade(&run.keep, note.as_deref()).await?;
    }
    let mut result = run.result(app, note.as_deref());
    result.committed = request.commit;
    Ok(result)
}

/// An attempt, and what the course says about it now, if it still has the lab or quiz.
type Graded = (Attempt, Option<(Grade, Difference)>);

fn graded_again(app: &App, attempts: Vec<(Option<Judged>, Attempt)>) -> Vec<Graded> {
    let again = |judged: Option<&Judged>, attempt: &Attempt| {
        let grade = hand_in::grade(app, &attempt.activity, &attempt.submission, judged)?;
        let difference = difference::between(app, attempt, &grade);
        Some((grade, difference))
    };
    attempts
        .into_iter()
        .map(|(judged, attempt)| (again(judged.as_ref(), &attempt), attempt))
        .map(|(a, b)| (b, a))
        .collect()
}

/// What has been found so far.
#[derive(Default)]
struct Run {
    names: BTreeMap<String, String>,
    graded: usize,
    gone: usize,
    changes: Vec<Change>,
    keep: Vec<Regrade>,
    tallies: BTreeMap<(String, Activity), Tally>,
}

impl Run {
    fn count(&mut self, (attempt, again): Graded) {
        let Some((grade, difference)) = again else {
            self.gone += 1;
            return;
        };
        self.graded += 1;
        let before = Score { points: attempt.points, max_points: attempt.max_points, passed: attempt.passed };
        let after = Score { points: grade.points, max_points: grade.max_points, passed: grade.passed };
        let changed = before != after;
        let tally = self.tallies.entry((attempt.learner.clone(), attempt.activity.clone())).or_default();
        tally.add(&attempt.id, before, after, changed.then_some(difference.sentence.as_str()));
        if changed {
            self.keep.push(Regrade { attempt: attempt.id.clone(), grade, difference: difference.sentence.clone() });
            self.changes.push(Change {
                name: self.name(&attempt.learner),
                attempt: attempt.id,
                learner: attempt.learner,
                kind: activity::word(attempt.activity.kind),
                activity: attempt.activity.name,
                before,
                after,
                flow: difference.flow,
                difference: difference.sentence,
            });
        }
    }

    fn name(&self, learner: &str) -> String {
        self.names.get(learner).cloned().unwrap_or_default()
    }

    fn result(mut self, app: &App, note: Option<&str>) -> Regraded {
        let tallies = std::mem::take(&mut self.tallies);
        let told = tallies.into_iter().filter_map(|((learner, activity), tally)| {
            let result = tally.result(app, &activity, note)?;
            Some(Notice { name: self.name(&learner), learner, result })
        });
        let mut told: Vec<Notice> = told.collect();
        told.sort_by_cached_key(|notice| notice.name.to_lowercase());
        Regraded { committed: false, graded: self.graded, gone: self.gone, changes: self.changes, told }
    }
}
