//! A learner's progress, computed from what is stored.

use course::{Outcome, Progress};

use crate::{app::App, problem::Problem, store::Learner};

/// How far a learner is.
pub(crate) async fn of(app: &App, learner: &Learner) -> Result<Progress, Problem> {
    let scores = app.store.scores_of(&learner.id).await?;
    let attempts: std::collections::BTreeMap<_, _> =
        scores.iter().map(|best| (best.activity.clone(), best.attempts)).collect();
    let mut progress = app.course.progress(scores.into_iter().map(|best| Outcome {
        activity: best.activity,
        points: best.points,
        passed: best.passed,
    }));
    // The store has counted already: one row stood for all attempts at an activity.
    for activity in progress.chapters.iter_mut().flat_map(|chapter| &mut chapter.activities) {
        let counted = attempts.get(&activity.activity).copied().unwrap_or_default();
        activity.attempts = usize::try_from(counted).unwrap_or_default();
    }
    Ok(progress)
}
