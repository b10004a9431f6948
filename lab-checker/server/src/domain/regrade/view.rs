//! A job of grading again as an instructor sees it: how far it is, and when it is done, what changes for whom.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    activity,
    app::App,
    domain::{
        named::is_id,
        told::{ChangedResult, Score},
    },
    problem::Problem,
    store::{FoundChange, FoundNotice, RegradeJob, RegradeState},
};

/// How many attempts, and how many learners, one page names.
const PAGE: u32 = 500;

/// A job of grading again, and what it changes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Regraded {
    /// What names the job.
    pub(crate) job: String,
    /// `running`, `stopped`, `finished`, `published`, or `replaced` by a newer one before it was published.
    pub(crate) state: &'static str,
    /// RFC 3339.
    pub(crate) started_at: String,
    /// RFC 3339: when all was graded, stopped or published.
    pub(crate) ended_at: Option<String>,
    /// Whether the new grades are kept, and the learners told.
    pub(crate) committed: bool,
    /// How many attempts there were when it began.
    pub(crate) total: u64,
    /// How many attempts were graded again.
    pub(crate) graded: u64,
    /// How many could not be, because the course has their lab or quiz no more.
    pub(crate) gone: u64,
    /// How many attempts get another grade, as far as they are graded.
    pub(crate) changed: u64,
    /// The attempts whose points or verdict change, the newest first; none before all are graded.
    pub(crate) changes: Vec<Change>,
    /// What to give as `before` for more of them; nothing when these are the last.
    pub(crate) next: Option<String>,
    /// What learners are told: each whose result changes, at each lab or quiz; none before all are graded.
    pub(crate) told: Vec<Notice>,
    /// What to give as `told_from` for more of it; nothing when this is the last.
    pub(crate) told_next: Option<u64>,
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

/// Which of the results.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageOfResults {
    /// Changes of attempts that are older than this one: the last one of the page before.
    #[param(pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    pub(crate) before: Option<String>,
    /// What learners are told, from this place on.
    #[serde(default)]
    pub(crate) told_from: Option<u32>,
}

/// A job, with what it has found when all is graded. `note` is what learners would be told instead of the reasons.
pub(crate) async fn shown(
    app: &App,
    job: RegradeJob,
    page: &PageOfResults,
    note: Option<&str>,
) -> Result<Regraded, Problem> {
    let mut regraded = progress(app, &job).await?;
    if !matches!(job.state, RegradeState::Finished | RegradeState::Published) {
        return Ok(regraded);
    }
    if page.before.as_ref().is_some_and(|before| !is_id(before)) {
        return Err(Problem::invalid("`before` is the id of an attempt"));
    }
    let changes = app.store.found_changes(&job.id, page.before.as_deref(), PAGE).await?;
    let is_full = changes.len() == PAGE as usize;
    regraded.next = changes.last().filter(|_| is_full).map(|(change, _)| change.attempt.clone());
    regraded.changes = changes.into_iter().map(|(change, name)| Change::of(change, name)).collect();
    let from = u64::from(page.told_from.unwrap_or_default());
    let notices = app.store.found_notices(&job.id, from, PAGE).await?;
    regraded.told_next = (notices.len() == PAGE as usize).then_some(from + u64::from(PAGE));
    let note = note.or(job.wanted.note.as_deref());
    regraded.told = notices.into_iter().filter_map(|(notice, name)| Notice::of(notice, name, note)).collect();
    Ok(regraded)
}

/// The jobs that are known, the newest first, without what they have found.
pub(crate) async fn listed(app: &App) -> Result<Vec<Regraded>, Problem> {
    let mut listed = Vec::new();
    for job in app.store.regrade_jobs(50).await? {
        listed.push(progress(app, &job).await?);
    }
    Ok(listed)
}

async fn progress(app: &App, job: &RegradeJob) -> Result<Regraded, Problem> {
    Ok(Regraded {
        changed: app.store.count_found(&job.id).await?,
        job: job.id.clone(),
        state: job.state.word(),
        started_at: job.started_at.to_string(),
        ended_at: job.ended_at.map(|at| at.to_string()),
        committed: job.state == RegradeState::Published,
        total: job.total,
        graded: job.graded,
        gone: job.gone,
        changes: Vec::new(),
        next: None,
        told: Vec::new(),
        told_next: None,
    })
}

impl Regraded {
    /// Whether it goes on.
    pub(crate) fn is_running(&self) -> bool {
        self.state == RegradeState::Running.word()
    }

    /// Whether it could go on.
    pub(crate) fn is_stopped(&self) -> bool {
        self.state == RegradeState::Stopped.word()
    }
}

impl Change {
    fn of(change: FoundChange, name: String) -> Self {
        Self {
            attempt: change.attempt,
            learner: change.learner,
            name,
            kind: activity::word(change.activity.kind),
            activity: change.activity.name,
            before: score(change.before),
            after: score(change.after),
            flow: change.flow,
            difference: change.difference,
        }
    }
}

impl Notice {
    fn of(notice: FoundNotice, name: String, note: Option<&str>) -> Option<Self> {
        let kind = activity::word(notice.activity.kind);
        let result = ChangedResult::read(kind, notice.activity.name, &notice.body, note)?;
        Some(Self { learner: notice.learner, name, result })
    }
}

const fn score((points, max_points, passed): (f64, f64, bool)) -> Score {
    Score { points, max_points, passed }
}
