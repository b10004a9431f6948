//! The page of a lab.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use course::{
    ActivityProgress, ActivityState, Cell, CheckGroup, Lab, ManifestFile, PictureLinks, Report, markdown_to_html,
    picture_of, workbench::Asked,
};
use netpol::{Explanation, PictureForm};

use super::{
    asked::Shown,
    attack::{self, ShownAttack},
    next::{Elsewhere, NextActivity, elsewhere, next_activity},
    own::{Editing, Written, editing},
    report::{ShownReport, report},
};
use crate::{
    activity::Activity,
    app::{App, engine::Engine},
    domain::{
        appeals::{self, MyAppeal},
        certificate,
        lab_state::LabState,
        progress,
        told::{self, Told},
    },
    pages::{
        filters,
        frame::{Frame, Page, PageError, html},
        map::{self, ReachabilityMap},
        reading::PageQuery,
        visitor::LearnerPage,
    },
    problem::Problem,
    store::Learner,
};

#[derive(Template)]
#[template(path = "lab.html")]
pub(super) struct LabPage {
    pub(super) frame: Frame,
    pub(super) name: String,
    /// Drafts in the browser are kept for each learner.
    pub(super) learner: String,
    pub(super) title: String,
    pub(super) chapter: Option<(String, String)>,
    pub(super) points: f64,
    pub(super) minutes: u32,
    pub(super) namespace: String,
    pub(super) task: String,
    pub(super) started: bool,
    /// The world that kubectl is in, when it is another one.
    pub(super) elsewhere: Option<Elsewhere>,
    pub(super) progress: Option<ActivityProgress>,
    pub(super) editing: Editing,
    pub(super) checks: Vec<ListedCheck>,
    pub(super) picture: Option<String>,
    pub(super) next: Option<NextActivity>,
    pub(super) report: Option<ShownReport>,
    /// Whether the world is another one than the shown report is of.
    pub(super) stale: bool,
    pub(super) map: ReachabilityMap,
    pub(super) why: Option<Why>,
    pub(super) hints: Vec<String>,
    pub(super) more_hints: Option<usize>,
    pub(super) hint_count: usize,
    pub(super) solution: Option<ShownSolution>,
    /// Of a lab that is passed and whose story has one.
    pub(super) attack: Option<ShownAttack>,
    /// Whether there is a certificate of this very lab.
    pub(super) has_certificate: bool,
    pub(super) start_files: Vec<ManifestFile>,
    pub(super) kubeconfig: Option<String>,
    /// How grading again has changed the result.
    pub(super) told: Option<Told>,
    /// The attempt that is shown, when the learner may say that it is right.
    pub(super) appealable: Option<String>,
    pub(super) appeals: Vec<MyAppeal>,
    /// Where the script is that runs the engine in the page.
    pub(super) engine: Option<String>,
}

/// One of the lab's checks, in the list that ticks itself.
pub(super) struct ListedCheck {
    name: String,
    passed: bool,
}

/// A flow that was asked about, and the answer or why there is none.
pub(super) struct Why {
    flow: String,
    answer: Result<Arc<Explanation>, String>,
}

pub(super) struct ShownSolution {
    files: Vec<ManifestFile>,
    explanation: String,
}

pub(crate) async fn page(
    State(app): State<App>,
    LearnerPage(learner): LearnerPage,
    Path(name): Path<String>,
    PageQuery(shown): PageQuery<Shown>,
) -> Page {
    let lab = app.lab(&name)?;
    render(&app, &learner, lab, &shown, None).await
}

/// The page, with what an address or a button asked for.
pub(super) async fn render(
    app: &App,
    learner: &Learner,
    lab: &Lab,
    shown: &Shown,
    written: Option<Written>,
) -> Result<Response, PageError> {
    let state = LabState::of(app, learner, lab).await?;
    let seen = state.clone().report_and_cells(app).await?;
    let (now, cells) = &*seen;
    let activity = Activity::lab(&lab.name);
    let progress = progress::of(app, learner).await?;
    let activities: Vec<_> = progress.chapters.into_iter().flat_map(|chapter| chapter.activities).collect();
    let next = next_activity(&app.course, &activities, &activity);
    let is_largest = certificate::largest_lab(&activities) == Some(&activity);
    let progress = activities.into_iter().find(|found| found.activity == activity);
    let passed = app.store.has_passed(&learner.id, &activity).await?;
    let editing = editing(app, learner, lab, &state, written).await?;
    let open = shown.hints(lab)?;
    let mut appeals = appeals::of(app, &learner.id).await?;
    appeals.retain(|mine| mine.appeal.lab == lab.name);
    let report = match &shown.attempt {
        Some(attempt) => Some(report(app, learner, lab, attempt).await?),
        None => None,
    };
    let failed = report.as_ref().filter(|shown| !shown.report.passed).map(|shown| shown.attempt.clone());
    let appealable = failed.filter(|attempt| appeals.iter().all(|mine| mine.appeal.attempt != *attempt));
    Ok(html(&LabPage {
        frame: Frame::for_learner(app, &lab.title, learner),
        name: lab.name.clone(),
        learner: learner.id.clone(),
        title: lab.title.clone(),
        chapter: app.course.chapter(&lab.chapter).map(|chapter| (chapter.title.clone(), chapter.page.clone())),
        points: lab.points,
        minutes: lab.minutes,
        namespace: lab.namespace.clone(),
        task: markdown_to_html(&lab.task),
        started: state.has_begun(),
        elsewhere: elsewhere(app, learner, lab).await?,
        progress,
        editing,
        checks: listed(now),
        picture: picture(&lab.title, cells, shown)?,
        next,
        stale: report.as_ref().is_some_and(|shown| shown.report.checks != now.checks),
        report,
        appealable,
        appeals,
        map: ReachabilityMap::new(cells),
        why: why(app, state, shown.flow(cells)?).await,
        hints: lab.hints.iter().take(open).map(|hint| markdown_to_html(hint)).collect(),
        more_hints: (open < lab.hints.len()).then_some(open + 1),
        hint_count: lab.hints.len(),
        solution: passed.then(|| ShownSolution {
            files: lab.solution.files.clone(),
            explanation: markdown_to_html(&lab.solution.explanation),
        }),
        attack: attack::shown(lab, cells).filter(|_| passed),
        has_certificate: passed && is_largest,
        start_files: lab.start_files().to_vec(),
        kubeconfig: app.local_kubeconfig(learner),
        told: told::about(app, &learner.id, &activity).await?,
        engine: app.engine.as_ref().map(Engine::address),
    }))
}

/// The checks of a report, each once.
pub(super) fn listed(report: &Report) -> Vec<ListedCheck> {
    let listed = |group: &CheckGroup<'_>| ListedCheck { name: group.name.to_owned(), passed: group.passed };
    report.groups().iter().map(listed).collect()
}

/// The picture of the lab's flows; its parts lead to pages that say more.
pub(super) fn picture(title: &str, cells: &[Cell], shown: &Shown) -> Result<Option<String>, Problem> {
    let plain = picture_of(title, cells, None, PictureLinks { flow: &|_| None, group: &|_| None });
    let boxes: Vec<&str> = plain.groups.iter().map(netpol::PictureGroup::name).collect();
    let open = shown.open(&boxes)?;
    let links = PictureLinks { flow: &|flow| Some(map::why(flow)), group: &|group| Some(map::unfolded(&open, group)) };
    let picture = picture_of(title, cells, None, links);
    Ok((!cells.is_empty()).then(|| netpol::draw(&picture, PictureForm::Page, &open)))
}

async fn why(app: &App, state: LabState, asked: Option<Asked>) -> Option<Why> {
    let asked = asked?;
    let flow = format!("{} → {}:{}", asked.from, asked.to, asked.port);
    let answer = state.explain(app, asked).await;
    Some(Why { flow, answer: answer.map_err(|problem| problem.detail().to_owned()) })
}
