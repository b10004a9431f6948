//! `/`: where to begin, and how far one is.

use askama::Template;
use axum::extract::State;
use course::{ActivityKind, ActivityState, Progress};

use super::{Frame, Page, filters, html, visitor::LearnerPage};
use crate::{
    app::App,
    domain::{
        appeals::{self, MyAppeal},
        progress,
        told::{self, Told},
    },
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
    /// What instructors have answered, at what was not handed in since.
    answered: Vec<MyAppeal>,
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
    begun: bool,
}

pub(super) async fn page(State(app): State<App>, LearnerPage(learner): LearnerPage) -> Page {
    let progress = progress::of(&app, &learner).await?;
    let chapters = chapters(&app, &progress);
    let begun = progress.chapters.iter().flat_map(|chapter| &chapter.activities).any(|activity| activity.attempts > 0);
    let open = chapters.iter().find(|chapter| chapter.state != "done" && !chapter.activities.is_empty());
    let first = chapters.first().map(|chapter| (&chapter.title, &chapter.page));
    let target = if begun { open.map(|chapter| (&chapter.title, &chapter.page)) } else { first };
    let next = target.map(|(title, page)| Next { title: title.clone(), url: format!("/book/{page}"), begun });
    let told = told::to(&app, &learner.id).await?.into_iter().filter(|told| !told.answered_since).collect();
    let answered = appeals::of(&app, &learner.id).await?.into_iter().filter(|mine| mine.is_news).collect();
    let frame = Frame::for_learner(&app, "Start", &learner);
    Ok(html(&Front { frame, progress, chapters, next, told, answered }))
}

fn chapters(app: &App, progress: &Progress) -> Vec<ChapterRow> {
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
    app.course.chapters.iter().map(row).collect()
}

fn chip(activity: &course::ActivityProgress) -> Chip {
    let (kind, folder) = match activity.activity.kind {
        ActivityKind::Lab => ("Lab", "labs"),
        ActivityKind::Quiz => ("Quiz", "quizzes"),
    };
    Chip {
        title: activity.title.clone(),
        url: format!("/{folder}/{}", activity.activity.name),
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
