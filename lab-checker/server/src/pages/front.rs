//! `/`: for who has begun, how far they are and what is next; for everybody else, what the course is, with a first try.

use askama::Template;
use axum::extract::State;
use course::{ActivityKind, ActivityState, Course, Progress};

use super::{
    Frame, Page, filters,
    first_try::{Filled, Scene, scene, still},
    frame::OnSite,
    html,
    reading::PageQuery,
    visitor::AnybodysPage,
};
use crate::{
    app::App,
    domain::{
        appeals::{self, MyAppeal},
        class, progress,
        told::{self, Told},
    },
    request::Caller,
    store::Learner,
};

#[derive(Template)]
#[template(path = "front.html")]
struct Front {
    frame: Frame,
    progress: Progress,
    chapters: Vec<ChapterRow>,
    next: Option<Next>,
    /// What has changed, at what was not handed in since.
    told: Vec<Told>,
    /// What they should know about who they are here.
    notice: Option<String>,
    /// What instructors have answered, at what was not handed in since.
    answered: Vec<MyAppeal>,
}

/// The start page of who has not begun.
#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome {
    frame: Frame,
    scene: Option<Scene>,
    /// What they should know about who they are here.
    notice: Option<String>,
    about: About,
    /// Where to begin; nothing for who has to join first.
    begin: Option<String>,
    chapters: Vec<ChapterRow>,
}

/// What the course is, from its own files.
struct About {
    description: Option<String>,
    audience: Option<String>,
    lessons: usize,
    labs: usize,
    quizzes: usize,
    /// How long the labs take.
    hours: u32,
}

struct ChapterRow {
    title: String,
    page: String,
    activities: Vec<Chip>,
    /// `done`, `begun` or `open`.
    state: &'static str,
}

struct Chip {
    title: String,
    url: String,
    /// `lab:NAME` or `quiz:NAME`.
    activity: String,
    /// `Lab` or `Quiz`.
    kind: &'static str,
    /// `open`, `tried` or `passed`.
    state: &'static str,
    points: f64,
    max_points: f64,
}

/// Where to go on.
struct Next {
    title: String,
    url: String,
}

pub(super) async fn page(
    State(app): State<App>,
    AnybodysPage(learner): AnybodysPage,
    caller: Caller,
    PageQuery(filled): PageQuery<Filled>,
) -> Page {
    let Some(learner) = learner else { return welcome(&app, caller, filled, None, Vec::new()).await };
    let progress = progress::of(&app, &learner).await?;
    let chapters = chapters(&app.course, &progress);
    let told: Vec<Told> = told::to(&app, &learner.id).await?.into_iter().filter(|told| !told.answered_since).collect();
    if progress.chapters.iter().flat_map(|chapter| &chapter.activities).all(|activity| activity.attempts == 0) {
        return welcome(&app, caller, filled, Some(&learner), chapters).await;
    }
    let open = chapters.iter().find(|chapter| chapter.state != "done" && !chapter.activities.is_empty());
    let next = open.map(|chapter| Next { title: chapter.title.clone(), url: format!("/book/{}", chapter.page) });
    let answered = appeals::of(&app, &learner.id).await?.into_iter().filter(|mine| mine.is_news).collect();
    let frame = Frame::for_learner(&app, "Start", &learner);
    let notice = class::notice(&app, &learner).await?;
    Ok(html(&Front { frame, progress, chapters, next, told, notice, answered }))
}

async fn welcome(
    app: &App,
    caller: Caller,
    filled: Filled,
    learner: Option<&Learner>,
    chapters: Vec<ChapterRow>,
) -> Page {
    let frame = learner.map_or_else(|| Frame::open(app, "Start"), |learner| Frame::for_learner(app, "Start", learner));
    let begin = learner.and(app.course.chapters.first()).map(|chapter| format!("/book/{}", chapter.page));
    let scene = scene(app, caller, filled).await;
    let notice = match learner {
        Some(learner) => class::notice(app, learner).await?,
        None => None,
    };
    Ok(html(&Welcome { frame, scene, notice, about: about(&app.course), begin, chapters }))
}

/// The start page of the static site.
pub(super) fn on_site(course: &Course, site: &OnSite) -> Result<String, askama::Error> {
    let chapters = chapters(course, &course.progress([]));
    let begin = course.chapters.first().map(|chapter| format!("/book/{}", chapter.page));
    let frame = Frame::on_site(course, "Start", site);
    Welcome { frame, scene: still(course), notice: None, about: about(course), begin, chapters }.render()
}

fn about(course: &Course) -> About {
    let minutes: u32 = course.labs.iter().map(|lab| lab.minutes).sum();
    About {
        description: course.description.clone(),
        audience: course.first_try.as_ref().map(|first| course::markdown_to_html(&first.audience)),
        lessons: course.chapters.iter().filter(|chapter| !chapter.activities.is_empty()).count(),
        labs: course.labs.len(),
        quizzes: course.quizzes.len(),
        hours: minutes.div_ceil(60),
    }
}

fn chapters(course: &Course, progress: &Progress) -> Vec<ChapterRow> {
    let row = |chapter: &course::Chapter| {
        let found = progress.chapters.iter().find(|found| found.chapter == chapter.name);
        let activities: Vec<Chip> = found.map(|found| found.activities.iter().map(chip).collect()).unwrap_or_default();
        let state = match () {
            () if activities.is_empty() => "open",
            () if activities.iter().all(|chip| chip.state == "passed") => "done",
            () if activities.iter().any(|chip| chip.state != "open") => "begun",
            () => "open",
        };
        ChapterRow { title: chapter.title.clone(), page: chapter.page.clone(), activities, state }
    };
    course.chapters.iter().map(row).collect()
}

fn chip(activity: &course::ActivityProgress) -> Chip {
    let (kind, folder) = match activity.activity.kind {
        ActivityKind::Lab => ("Lab", "labs"),
        ActivityKind::Quiz => ("Quiz", "quizzes"),
    };
    Chip {
        title: activity.title.clone(),
        url: format!("/{folder}/{}", activity.activity.name),
        activity: format!("{}:{}", kind.to_lowercase(), activity.activity.name),
        kind,
        state: match activity.state {
            ActivityState::Open => "open",
            ActivityState::Tried => "tried",
            ActivityState::Passed => "passed",
        },
        points: activity.points,
        max_points: activity.max_points,
    }
}
