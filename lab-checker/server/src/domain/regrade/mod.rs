//! Grading again: what the course says today about old attempts; first to look at, then to keep and to tell.
//!
//! It is a job, because a class hands in hundreds of thousands of attempts: it is begun, followed, stopped and gone on
//! with, and a server that starts takes up what another one has left. It keeps what it finds as it goes, learner by
//! learner, so that it needs no more memory for many than for a few.

mod runner;
mod view;

use std::time::Duration;

use serde::Deserialize;
use tokio::time::{self, Instant};
use utoipa::ToSchema;

use super::{named::kind_named, words};
use crate::{
    app::App,
    problem::Problem,
    store::{NewRegradeJob, RegradeJob, RegradeState, Unpublished},
};

pub(crate) use runner::work;
pub(crate) use view::{PageOfResults, Regraded, listed, shown};

/// How often somebody who waits for a job looks at it.
const LOOK: Duration = Duration::from_millis(50);

/// What to grade again.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub(crate) struct RegradeRequest {
    /// `lab` or `quiz`; both when left out.
    #[serde(default)]
    #[schema(pattern = "^(lab|quiz)$")]
    pub(crate) kind: Option<String>,
    /// The lab or quiz; all when left out.
    #[serde(default)]
    #[schema(pattern = "^[^\\x00]*$")]
    pub(crate) activity: Option<String>,
    /// Keep the new grades and tell the learners as soon as all are there. Without it nothing changes: a preview, which
    /// `…/publish` keeps.
    #[serde(default)]
    pub(crate) commit: bool,
    /// Why, in your words, for the learners whose result changes. Without it they are told the first flow or
    /// question that is judged otherwise.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub(crate) note: Option<String>,
}

/// Begin to grade again.
pub(crate) async fn begin(app: &App, request: &RegradeRequest) -> Result<RegradeJob, Problem> {
    let wanted = NewRegradeJob {
        kind: request.kind.as_deref().map(kind_named).transpose()?,
        activity: request.activity.clone().map(|name| storable(&name)).transpose()?,
        note: note(request.note.as_deref())?,
        publish: request.commit,
    };
    settle(app).await?;
    match app.store.begin_regrade(&wanted).await? {
        Some(job) => {
            app.regrading.wake.notify_one();
            Ok(job)
        }
        None => Err(under_way(app).await),
    }
}

/// A job that failed when nothing could be written is stopped now at the latest.
async fn settle(app: &App) -> Result<(), Problem> {
    if let Some((failed, _)) = app.regrading.failed() {
        app.store.stop_regrade(&failed).await?;
        app.regrading.settle();
    }
    Ok(())
}

/// An instructor's words, as they are kept.
pub(crate) fn note(note: Option<&str>) -> Result<Option<String>, Problem> {
    Ok(note.map(|note| words::cleaned("the note", note)).transpose()?.flatten())
}

fn storable(name: &str) -> Result<String, Problem> {
    if name.contains('\0') {
        Err(Problem::invalid("no lab or quiz has a NUL in its name"))
    } else {
        Ok(name.to_owned())
    }
}

async fn under_way(app: &App) -> Problem {
    let running = app.store.regrade_jobs(10).await.unwrap_or_default();
    let running = running.into_iter().find(|job| job.state == RegradeState::Running);
    let problem = Problem::conflict("grading again is under way already; wait for it, or stop it");
    match running {
        Some(job) => problem.with("job", job.id),
        None => problem,
    }
}

/// The job of this id.
pub(crate) async fn job(app: &App, id: &str) -> Result<RegradeJob, Problem> {
    let found = if super::named::is_id(id) { app.store.regrade_job(id).await? } else { None };
    found.ok_or_else(|| Problem::not_found("there is no such job"))
}

/// Wait until a job is done or stopped, but not for ever; how it stands then.
pub(crate) async fn wait(app: &App, id: &str, patience: Duration) -> Result<RegradeJob, Problem> {
    let until = Instant::now() + patience;
    let mut stopped = app.stopped.clone();
    loop {
        if let Some((_, problem)) = app.regrading.failed().filter(|(failed, _)| failed == id) {
            return Err(problem);
        }
        let job = job(app, id).await?;
        if job.state != RegradeState::Running || Instant::now() >= until || *stopped.borrow() {
            return Ok(job);
        }
        tokio::select! {
            () = time::sleep(LOOK) => {}
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
    }
}

/// Stop a job. What it has found so far stays, until another one is begun.
pub(crate) async fn stop(app: &App, id: &str) -> Result<RegradeJob, Problem> {
    let there = job(app, id).await?;
    if app.store.stop_regrade(&there.id).await? {
        return job(app, id).await;
    }
    Err(Problem::conflict(format!("the job is {}, not running", there.state.word())))
}

/// Go on with a job that was stopped.
pub(crate) async fn resume(app: &App, id: &str) -> Result<RegradeJob, Problem> {
    settle(app).await?;
    let there = job(app, id).await?;
    if app.store.resume_regrade(&there.id).await? {
        app.regrading.wake.notify_one();
        return job(app, id).await;
    }
    match there.state {
        RegradeState::Stopped => Err(under_way(app).await),
        state => Err(Problem::conflict(format!("the job is {}, not stopped", state.word()))),
    }
}

/// Keep what a job has found, and tell the learners.
pub(crate) async fn publish(app: &App, id: &str, words: Option<&str>) -> Result<RegradeJob, Problem> {
    let there = job(app, id).await?;
    let note = note(words)?.or(there.wanted.note);
    match app.store.publish_regrade(&there.id, RegradeState::Finished, note.as_deref()).await? {
        Ok(()) => job(app, id).await,
        Err(Unpublished::NotFinished) => {
            Err(Problem::conflict(format!("the job is {}, not finished", there.state.word())))
        }
        Err(Unpublished::Outdated) => Err(Problem::conflict(
            "other grades have been published since this job began, so what it shows is not what would change; \
             grade again",
        )),
    }
}
