//! `/labs/NAME`: the workbench. Task, editor, apply, check, reset, hints, map, and why.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use course::{
    ActivityProgress, ActivityState, Cell, Lab, ManifestFile, PictureLinks, Report, markdown_to_html, picture_of,
};
use netpol::{Explanation, PictureForm, counted};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Frame, Page, PageError, filters, html,
    map::{self, ReachabilityMap},
    visitor::LearnerPage,
};
use crate::{
    activity::Activity,
    app::{App, clusters::ObjectName},
    domain::{
        appeals::{self, AppealRequest, MyAppeal},
        apply::{self, Applied},
        explanation::Asked,
        hand_in,
        lab_state::LabState,
        named::is_id,
        objects, progress,
        told::{self, Told},
    },
    problem::Problem,
    store::{Learner, Reported},
};

/// What a page shows besides the lab itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    /// How many hints are open.
    hints: usize,
    /// An attempt whose report is shown.
    attempt: Option<String>,
    from: Option<String>,
    to: Option<String>,
    port: Option<String>,
    /// The boxes of the picture that are unfolded, with colons between.
    open: String,
}

/// What a button of the page asks for.
#[derive(Debug, Deserialize)]
pub(super) struct Action {
    action: String,
    #[serde(default)]
    text: String,
    /// The text as the page showed it first.
    #[serde(default)]
    shown: String,
    /// What the text of the page had brought, with spaces between.
    #[serde(default)]
    brought: String,
    #[serde(default)]
    object: String,
    /// Of an appeal: the attempt that is right, and why.
    #[serde(default)]
    attempt: Option<String>,
    #[serde(default)]
    message: String,
    /// `yes` when the lab is to begin anew, and who was asked has said so.
    #[serde(default)]
    anew: String,
}

impl Action {
    fn brought(&self) -> Vec<String> {
        self.brought.split_whitespace().map(str::to_owned).collect()
    }
}

#[derive(Template)]
#[template(path = "lab.html")]
struct LabPage {
    frame: Frame,
    name: String,
    /// Drafts in the browser are kept for each learner.
    learner: String,
    title: String,
    chapter: Option<(String, String)>,
    points: f64,
    minutes: u32,
    namespace: String,
    task: String,
    started: bool,
    /// The world that kubectl is in, when it is another one.
    elsewhere: Option<Elsewhere>,
    progress: Option<ActivityProgress>,
    editor: String,
    /// What the editor shows of the cluster when there is no draft.
    in_cluster: String,
    /// What the editor shows when nothing was applied yet.
    start_text: String,
    own: Arc<Vec<OwnObject>>,
    /// The objects that the editor's text has brought, with spaces between.
    brought: String,
    checks: Vec<ListedCheck>,
    picture: Option<String>,
    next: Option<NextActivity>,
    applied: Option<Applied>,
    report: Option<ShownReport>,
    /// Whether the world is another one than the shown report is of.
    stale: bool,
    map: ReachabilityMap,
    why: Option<Why>,
    hints: Vec<String>,
    more_hints: Option<usize>,
    hint_count: usize,
    solution: Option<ShownSolution>,
    start_files: Vec<ManifestFile>,
    kubeconfig: Option<String>,
    /// How grading again has changed the result.
    told: Option<Told>,
    /// The attempt that is shown, when the learner may say that it is right.
    appealable: Option<String>,
    appeals: Vec<MyAppeal>,
}

/// What stands in the editor, and what applying it said if that was done.
struct Written {
    text: String,
    applied: Option<Applied>,
}

/// One of the lab's checks, in the list that ticks itself.
struct ListedCheck {
    name: String,
    passed: bool,
}

/// What comes after the lab.
struct NextActivity {
    title: String,
    url: String,
    /// `10 minutes`, of a lab.
    takes: Option<String>,
}

/// Another world than that of the page.
struct Elsewhere {
    world: String,
    /// In words.
    place: String,
}

struct OwnObject {
    kind: String,
    name: String,
    id: String,
    yaml: String,
}

/// Asks before a lab is reset, where no script does.
#[derive(Template)]
#[template(path = "reset.html")]
struct ResetPage {
    frame: Frame,
    name: String,
    title: String,
    text: String,
}

struct ShownReport {
    /// The attempt.
    attempt: String,
    report: Report,
    /// How many checks fail, in words.
    sum: String,
    hint: Option<String>,
}

/// A flow that was asked about, and the answer or why there is none.
struct Why {
    flow: String,
    answer: Result<Arc<Explanation>, String>,
}

struct ShownSolution {
    files: Vec<ManifestFile>,
    explanation: String,
}

pub(super) async fn page(
    State(app): State<App>,
    LearnerPage(learner): LearnerPage,
    Path(name): Path<String>,
    Query(shown): Query<Shown>,
) -> Page {
    let lab = app.lab(&name)?;
    render(&app, &learner, lab, shown, None).await
}

/// A button was pressed.
pub(super) async fn act(
    State(app): State<App>,
    LearnerPage(learner): LearnerPage,
    Path(name): Path<String>,
    Form(action): Form<Action>,
) -> Page {
    let lab = app.lab(&name)?;
    match action.action.as_str() {
        "start" => {
            app.limits.actions.take(learner.id.clone())?;
            if action.anew == "yes" {
                app.clusters.reset(&learner, lab).await?;
            } else {
                app.clusters.start(&learner, lab).await?;
            }
            Ok(Redirect::to(&format!("/labs/{name}")).into_response())
        }
        "reset" => Ok(html(&ResetPage {
            frame: Frame::for_learner(&app, &lab.title, &learner),
            name,
            title: lab.title.clone(),
            text: unix_lines(&action.text),
        })),
        "edit" => {
            render(
                &app,
                &learner,
                lab,
                Shown::default(),
                Some(Written { text: unix_lines(&action.text), applied: None }),
            )
            .await
        }
        "apply" => {
            let text = unix_lines(&action.text);
            let applied = apply::text(&app, &learner, &name, text.clone(), &action.brought()).await?;
            render(&app, &learner, lab, Shown::default(), Some(Written { text, applied: Some(applied) })).await
        }
        "check" => {
            // Who changes the text and presses "Check" means the changed text.
            let text = unix_lines(&action.text);
            if text.trim() != unix_lines(&action.shown).trim() {
                let applied = apply::text(&app, &learner, &name, text.clone(), &action.brought()).await?;
                if !applied.is_good() {
                    return render(
                        &app,
                        &learner,
                        lab,
                        Shown::default(),
                        Some(Written { text, applied: Some(applied) }),
                    )
                    .await;
                }
            }
            let attempt = hand_in::lab_in_cluster(&app, &learner, &name).await?;
            Ok(Redirect::to(&format!("/labs/{name}?attempt={}#report", attempt.id)).into_response())
        }
        "delete" => {
            app.limits.actions.take(learner.id.clone())?;
            delete(&app, &learner, lab, &action.object).await?;
            Ok(Redirect::to(&format!("/labs/{name}#yours")).into_response())
        }
        "appeal" => {
            let request = AppealRequest { attempt: action.attempt, message: Some(action.message) };
            let made = appeals::made(&app, &learner, &name, &request).await?;
            Ok(Redirect::to(&format!("/labs/{name}?attempt={}#appeals", made.attempt)).into_response())
        }
        other => Err(Problem::bad_request(format!("there is no button {other:?}")).into()),
    }
}

/// Browsers send `\r\n`.
fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

async fn delete(app: &App, learner: &Learner, lab: &Lab, object: &str) -> Result<(), PageError> {
    let mut parts = object.splitn(3, '/').map(str::to_owned);
    let mut part = || parts.next().unwrap_or_default();
    let object = ObjectName { kind: part(), namespace: part(), name: part() };
    if !lab.may_change.contains(&object.kind) {
        let words = format!("this lab is not about objects of kind {}", object.kind);
        return Err(Problem::invalid(words).into());
    }
    Ok(app.clusters.delete(learner, lab, &object).await?)
}

async fn render(
    app: &App,
    learner: &Learner,
    lab: &Lab,
    shown: Shown,
    written: Option<Written>,
) -> Result<Response, PageError> {
    let state = LabState::of(app, learner, lab).await?;
    let seen = state.clone().report_and_cells(app).await?;
    let (now, cells) = &*seen;
    let activity = Activity::lab(&lab.name);
    let progress = progress::of(app, learner).await?;
    let activities: Vec<_> = progress.chapters.into_iter().flat_map(|chapter| chapter.activities).collect();
    let next = next_activity(app, &activities, &activity);
    let progress = activities.into_iter().find(|found| found.activity == activity);
    let passed = app.store.has_passed(&learner.id, &activity).await?;
    let own = match state.has_begun() {
        true => state.clone().of_own_objects(app, "own objects", own_object).await?,
        false => Arc::default(),
    };
    let text = written.as_ref().map(|written| written.text.clone());
    let applied = written.and_then(|written| written.applied);
    // What has just been applied is in the cluster, in the learner's own words.
    let in_words = text.clone().filter(|_| applied.as_ref().is_some_and(Applied::is_good));
    let in_cluster = in_words.unwrap_or_else(|| editor_text(lab, &own));
    let open = shown.hints.min(lab.hints.len());
    let mut appeals = appeals::of(app, &learner.id).await?;
    appeals.retain(|mine| mine.appeal.lab == lab.name);
    let report = report(app, learner, lab, &shown).await?;
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
        editor: text.unwrap_or_else(|| in_cluster.clone()),
        in_cluster,
        start_text: editor_text(lab, &[]),
        brought: editable(lab, &own).map(|object| object.id.as_str()).collect::<Vec<_>>().join(" "),
        own,
        checks: now
            .groups()
            .iter()
            .map(|group| ListedCheck { name: group.name.to_owned(), passed: group.passed })
            .collect(),
        picture: picture(&lab.title, cells, &shown.open),
        next,
        applied,
        stale: report.as_ref().is_some_and(|shown| shown.report.checks != now.checks),
        report,
        appealable,
        appeals,
        map: ReachabilityMap::new(cells),
        why: why(app, state, &shown).await,
        hints: lab.hints.iter().take(open).map(|hint| markdown_to_html(hint)).collect(),
        more_hints: (open < lab.hints.len()).then_some(open + 1),
        hint_count: lab.hints.len(),
        solution: passed.then(|| ShownSolution {
            files: lab.solution.files.clone(),
            explanation: markdown_to_html(&lab.solution.explanation),
        }),
        start_files: lab.start_files().to_vec(),
        kubeconfig: app.local_kubeconfig(learner),
        told: told::about(app, &learner.id, &activity).await?,
    }))
}

/// Where kubectl is, when it is not in the lab's own world.
async fn elsewhere(app: &App, learner: &Learner, lab: &Lab) -> Result<Option<Elsewhere>, PageError> {
    let current = app.clusters.current(learner).await?;
    let place = match current.name() {
        Some(name) if name == lab.name => return Ok(None),
        Some(name) => format!("the world of “{}”", app.lab(name).map_or(name, |lab| lab.title.as_str())),
        None => "the sandbox".to_owned(),
    };
    Ok(Some(Elsewhere { world: current.to_string(), place }))
}

fn own_object(object: &Value) -> OwnObject {
    let (kind, namespace) = (objects::text(object, "/kind"), objects::text(object, "/metadata/namespace"));
    let name = objects::name(object);
    OwnObject {
        kind: kind.to_owned(),
        name: if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") },
        id: format!("{kind}/{namespace}/{name}"),
        yaml: manifest::to_yaml(&objects::for_people(object)),
    }
}

/// Those that the editor shows: pods are made and removed, not edited.
fn editable<'a>(lab: &'a Lab, own: &'a [OwnObject]) -> impl Iterator<Item = &'a OwnObject> {
    own.iter().filter(|object| lab.may_change.contains(&object.kind) && object.kind != "Pod")
}

/// The picture of the lab's flows; its parts lead to pages that say more.
fn picture(title: &str, cells: &[Cell], open: &str) -> Option<String> {
    let open: Vec<String> = open.split(':').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let links = PictureLinks { flow: &|flow| Some(map::why(flow)), group: &|group| Some(map::unfolded(&open, group)) };
    let picture = picture_of(title, cells, None, links);
    (!cells.is_empty()).then(|| netpol::draw(&picture, PictureForm::Page, &open))
}

/// The first of what comes after an activity, in course order, that is not passed.
fn next_activity(app: &App, all: &[ActivityProgress], done: &Activity) -> Option<NextActivity> {
    let place = all.iter().position(|found| found.activity == *done)?;
    let next = all[place + 1..].iter().find(|found| found.state != ActivityState::Passed)?;
    let lab = app.course.lab(&next.activity.name).filter(|_| next.activity == Activity::lab(&next.activity.name));
    let kind = if lab.is_some() { "labs" } else { "quizzes" };
    Some(NextActivity {
        title: next.title.clone(),
        url: format!("/{kind}/{}", next.activity.name),
        takes: lab.map(|lab| counted(lab.minutes, "minute")),
    })
}

/// What the editor begins with: what the learner has, or the beginning of it.
fn editor_text(lab: &Lab, own: &[OwnObject]) -> String {
    let texts: Vec<&str> = editable(lab, own).map(|object| object.yaml.as_str()).collect();
    if !texts.is_empty() {
        return texts.join("---\n");
    }
    match lab.may_change.first().map(String::as_str) {
        Some("NetworkPolicy") => format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: \n  namespace: {}\nspec:\n  podSelector: \n",
            lab.namespace
        ),
        Some("ConfigMap") => {
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: findings\n  namespace: {}\ndata:\n  reachable: |\n    \n",
                lab.namespace
            )
        }
        _ => String::new(),
    }
}

async fn report(app: &App, learner: &Learner, lab: &Lab, shown: &Shown) -> Result<Option<ShownReport>, PageError> {
    let Some(id) = shown.attempt.as_deref().filter(|id| is_id(id)) else { return Ok(None) };
    let activity = Activity::lab(&lab.name);
    let is_own = |found: &Reported| found.attempt.learner == learner.id && found.attempt.activity == activity;
    let found = app.store.reported(id).await?.filter(is_own);
    let report: Option<Report> = found.and_then(|found| serde_json::from_value(found.report).ok());
    Ok(report.map(|report| ShownReport {
        attempt: id.to_owned(),
        sum: sum(&report),
        hint: report.mistake.as_ref().map(|mistake| markdown_to_html(&mistake.hint)),
        report,
    }))
}

/// `1 of 4 checks fails.`
fn sum(report: &Report) -> String {
    let groups = report.groups();
    match groups.iter().filter(|group| !group.passed).count() {
        0 => "Every check passes.".to_owned(),
        1 => format!("1 of {} fails.", counted(groups.len(), "check")),
        failing => format!("{failing} of {} fail.", counted(groups.len(), "check")),
    }
}

async fn why(app: &App, state: LabState, shown: &Shown) -> Option<Why> {
    let (from, to, port) = (shown.from.clone()?, shown.to.clone()?, shown.port.clone()?);
    let flow = format!("{from} → {to}:{port}");
    let answer = state.explain(app, Asked { from, to, port }).await;
    Some(Why { flow, answer: answer.map_err(|problem| problem.detail().to_owned()) })
}
