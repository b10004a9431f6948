//! Who does the work of grading again: one task of each server, which takes up whatever nobody does.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::time;

use crate::{
    activity::Activity,
    app::{App, evaluation::INSTRUCTORS},
    clock::Moment,
    domain::{
        difference::{self, Difference},
        hand_in,
        submission::{self, Judged},
        told::{Score, Tally},
    },
    problem::Problem,
    store::{Attempt, AttemptFilter, Found, FoundChange, FoundNotice, Grade, RegradeJob, RegradeState, StoreError},
};

/// How many attempts are read and graded at once.
const BATCH: u32 = 50;
/// How many learners are looked for at once.
const LEARNERS: u32 = 100;
/// After so many attempts, or changed grades, what was found is kept.
const KEEP: usize = 200;
/// How often a server looks for a job that nobody does.
const POLL: Duration = Duration::from_secs(5);
/// How often somebody who works at a job says so, and sees whether it was stopped.
const WORD: Duration = Duration::from_secs(1);
/// After this many milliseconds without a word, whoever did a job is gone.
const SILENCE: i64 = 60_000;
/// How long to wait when the server is busy with learners.
const BUSY: Duration = Duration::from_millis(500);

/// Do jobs until the server stops. `alone` when no other server can have begun what is there.
pub(crate) async fn work(app: App, alone: bool) {
    let mut stopped = app.stopped.clone();
    // What is under way at the start of the only server was left by one that is gone.
    let mut is_left = alone;
    loop {
        let silent_since = if is_left { Moment::now() } else { long_ago() };
        match app.store.take_regrade(&app.regrading.worker, silent_since).await {
            Ok(Some(job)) => {
                do_job(&app, job).await;
                if !*stopped.borrow() {
                    continue;
                }
            }
            Ok(None) => is_left = false,
            Err(error) => tracing::debug!(%error, "jobs of grading again cannot be looked for"),
        }
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return,
            () = app.regrading.wake.notified() => {}
            () = time::sleep(POLL) => {}
        }
    }
}

fn long_ago() -> Moment {
    Moment::from_millis(Moment::now().millis() - SILENCE)
}

/// How a job ended, for this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Everything is graded.
    Graded,
    /// Somebody has stopped it or taken it over.
    NotOurs,
    /// This server stops.
    Left,
}

async fn do_job(app: &App, job: RegradeJob) {
    tracing::info!(job = job.id, graded = job.graded, total = job.total, "grading again");
    let mut work = Work { app, job: &job, found: Found::default(), changed: 0, said_at: Instant::now() };
    let done = match work.all().await {
        Ok(End::Graded) => conclude(app, &job).await,
        Ok(End::NotOurs) => Ok(()),
        Ok(End::Left) => {
            // If it cannot be said, the silence says it.
            let _ = app.store.leave_regrade(&job.id, &app.regrading.worker).await;
            Ok(())
        }
        Err(problem) => Err(problem),
    };
    if let Err(problem) = done {
        tracing::error!(job = job.id, detail = problem.detail(), "grading again failed; it can be resumed");
        app.regrading.fail(&job.id, problem);
        // If nothing can be written now, it is stopped before the next one begins.
        let _ = app.store.stop_regrade(&job.id).await;
    }
}

async fn conclude(app: &App, job: &RegradeJob) -> Result<(), Problem> {
    if job.wanted.publish {
        let published = app.store.publish_regrade(&job.id, RegradeState::Running, job.wanted.note.as_deref()).await?;
        if published.is_ok() {
            return Ok(());
        }
        // Somebody has published other grades meanwhile: an instructor looks at it.
    }
    app.store.finish_regrade(&job.id, &app.regrading.worker).await?;
    Ok(())
}

struct Work<'a> {
    app: &'a App,
    job: &'a RegradeJob,
    /// What was found and is not kept yet.
    found: Found,
    /// How many attempts of learners who are done that is.
    changed: usize,
    /// When it was last said that the work goes on.
    said_at: Instant,
}

impl Work<'_> {
    async fn all(&mut self) -> Result<End, Problem> {
        let store = &self.app.store;
        store.forget_unfinished(&self.job.id, &self.job.learner).await?;
        let mut after = self.job.learner.clone();
        loop {
            let learners = store.learners_with_attempts(&after, LEARNERS).await?;
            let Some(last) = learners.last() else { break };
            after.clone_from(last);
            for learner in learners {
                match self.learner(&learner).await? {
                    End::Graded => {}
                    end => return Ok(end),
                }
            }
        }
        Ok(if self.keep().await? { End::Graded } else { End::NotOurs })
    }

    async fn learner(&mut self, learner: &str) -> Result<End, Problem> {
        let wanted = &self.job.wanted;
        let filter = AttemptFilter { kind: wanted.kind, name: wanted.activity.clone(), ..AttemptFilter::default() };
        let mut filter = filter.of(learner);
        let mut tallies: BTreeMap<Activity, Tally> = BTreeMap::new();
        let (mut graded, mut gone) = (0, 0);
        loop {
            let attempts = self.app.store.whole_attempts(&filter, BATCH).await?;
            let Some(last) = attempts.last() else { break };
            filter.before = Some(last.id.clone());
            for (attempt, again) in self.graded_again(attempts).await? {
                match again {
                    None => gone += 1,
                    Some(again) => {
                        graded += 1;
                        self.count(attempt, again, &mut tallies);
                    }
                }
            }
            if *self.app.stopped.borrow() {
                return Ok(End::Left);
            }
            if self.found.changes.len() >= KEEP || self.changed >= KEEP {
                // The learner is not done: what is kept of them is forgotten if somebody else goes on.
                if !self.keep().await? {
                    return Ok(End::NotOurs);
                }
            } else if !self.goes_on().await? {
                return Ok(End::NotOurs);
            }
        }
        for (activity, tally) in tallies {
            if let Some(body) = tally.result(self.app, &activity, None).and_then(|result| result.text()) {
                self.found.notices.push(FoundNotice { learner: learner.to_owned(), activity, body });
            }
        }
        self.found.graded += graded;
        self.found.gone += gone;
        self.found.learner = Some(learner.to_owned());
        self.changed += usize::try_from(graded + gone).unwrap_or(KEEP);
        let kept = self.changed < KEEP || self.keep().await?;
        Ok(if kept { End::Graded } else { End::NotOurs })
    }

    /// Say that the work goes on, now and then; false when the job is not ours any more.
    async fn goes_on(&mut self) -> Result<bool, StoreError> {
        if self.said_at.elapsed() < WORD {
            return Ok(true);
        }
        self.said_at = Instant::now();
        self.app.store.regrade_goes_on(&self.job.id, &self.app.regrading.worker).await
    }

    /// Keep what was found; false when the job is not ours any more.
    async fn keep(&mut self) -> Result<bool, StoreError> {
        let found = std::mem::take(&mut self.found);
        self.changed = 0;
        self.said_at = Instant::now();
        self.app.store.keep_found(&self.job.id, &self.app.regrading.worker, &found).await
    }

    /// Learners come first: while they are being graded, this waits.
    async fn graded_again(&self, attempts: Vec<Attempt>) -> Result<Vec<Graded>, Problem> {
        let mut read = Vec::with_capacity(attempts.len());
        for attempt in attempts {
            read.push((submission::judged(self.app, &attempt).await?, attempt));
        }
        let read = Arc::new(read);
        loop {
            let (app, read) = (self.app.clone(), Arc::clone(&read));
            match self.app.evaluation.run(INSTRUCTORS, move || graded_again(&app, &read)).await {
                Err(problem) if problem.status().as_u16() == 503 && !*self.app.stopped.borrow() => {
                    time::sleep(BUSY).await;
                }
                done => return done,
            }
        }
    }

    fn count(&mut self, attempt: Attempt, again: (Grade, Difference), tallies: &mut BTreeMap<Activity, Tally>) {
        let (grade, difference) = again;
        let before = Score { points: attempt.points, max_points: attempt.max_points, passed: attempt.passed };
        let after = Score { points: grade.points, max_points: grade.max_points, passed: grade.passed };
        let changed = before != after;
        let tally = tallies.entry(attempt.activity.clone()).or_default();
        tally.add(&attempt.id, before, after, changed.then_some(difference.sentence.as_str()));
        if changed {
            self.found.changes.push(FoundChange {
                attempt: attempt.id,
                learner: attempt.learner,
                activity: attempt.activity,
                before: (before.points, before.max_points, before.passed),
                after: (after.points, after.max_points, after.passed),
                report: grade.report.to_string(),
                flow: difference.flow,
                difference: difference.sentence,
            });
        }
    }
}

/// An attempt, and what the course says about it now, if it still has the lab or quiz.
type Graded = (Attempt, Option<(Grade, Difference)>);

fn graded_again(app: &App, attempts: &[(Option<Judged>, Attempt)]) -> Vec<Graded> {
    let again = |judged: Option<&Judged>, attempt: &Attempt| {
        let grade = hand_in::grade(app, &attempt.activity, &attempt.submission, judged)?;
        let difference = difference::between(app, attempt, &grade);
        Some((grade, difference))
    };
    attempts.iter().map(|(judged, attempt)| (attempt.clone(), again(judged.as_ref(), attempt))).collect()
}
