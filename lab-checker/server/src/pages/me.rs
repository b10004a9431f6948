//! `/me`: who a learner is here, what they have handed in, and how they come in from somewhere else.

use askama::Template;
use axum::extract::{Path, State};
use serde::Deserialize;

use super::{
    Frame, Page,
    attempt::{LabAttempt, lab_attempt},
    filters, html,
    reading::{Nothing, PageQuery},
    visitor::LearnerPage,
};
use crate::{
    activity::{self, ActivityKind},
    app::App,
    domain::{class, hand_in, sign_in},
    request::ReachedAt,
    store::{AttemptFilter, AttemptSummary, Learner},
};

/// How many attempts one page lists.
const SHOWN: u32 = 100;

#[derive(Template)]
#[template(path = "me.html")]
struct MePage {
    frame: Frame,
    learner: Learner,
    /// What they should know about who they are here.
    notice: Option<String>,
    /// A code for one more place, and its end.
    code: Option<(String, String)>,
    /// Where the command line finds this server, when that is known.
    url: Option<String>,
    attempts: Vec<MyAttempt>,
    /// To the attempts before these.
    older: Option<String>,
}

/// A line of the list.
struct MyAttempt {
    attempt: AttemptSummary,
    /// `lab` or `quiz`.
    kind: &'static str,
    title: String,
    link: String,
}

/// Which page of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Before {
    before: Option<String>,
}

pub(super) async fn page(
    State(app): State<App>,
    LearnerPage(learner): LearnerPage,
    reached: ReachedAt,
    PageQuery(Before { before }): PageQuery<Before>,
) -> Page {
    me(&app, learner, reached, None, before).await
}

/// A code for one more place.
pub(super) async fn code(State(app): State<App>, LearnerPage(learner): LearnerPage, reached: ReachedAt) -> Page {
    let (code, until) = sign_in::code(&app, &learner).await?;
    let code = (code.reveal().to_owned(), until.for_people());
    me(&app, learner, reached, Some(code), None).await
}

async fn me(
    app: &App,
    learner: Learner,
    reached: ReachedAt,
    code: Option<(String, String)>,
    before: Option<String>,
) -> Page {
    let filter = AttemptFilter { before, ..AttemptFilter::default().of(&learner.id) };
    let found = app.store.attempts(&filter, SHOWN).await?;
    let older = found.last().filter(|_| found.len() == SHOWN as usize).map(|last| format!("/me?before={}", last.id));
    Ok(html(&MePage {
        frame: Frame::for_learner(app, "You", &learner),
        notice: class::notice(app, &learner).await?,
        code,
        url: reached.url.ok(),
        attempts: found.into_iter().map(|attempt| line(app, attempt)).collect(),
        older,
        learner,
    }))
}

fn line(app: &App, attempt: AttemptSummary) -> MyAttempt {
    let name = &attempt.activity.name;
    let (title, link) = match attempt.activity.kind {
        ActivityKind::Lab => (app.course.lab(name).map(|lab| &lab.title), None),
        ActivityKind::Quiz => {
            let title = app.course.quiz(name).map(|quiz| &quiz.title);
            (title, title.map(|_| format!("/quizzes/{name}/attempts/{}", attempt.id)))
        }
    };
    MyAttempt {
        kind: activity::word(attempt.activity.kind),
        title: title.unwrap_or(name).clone(),
        link: link.unwrap_or_else(|| format!("/me/attempts/{}", attempt.id)),
        attempt,
    }
}

#[derive(Template)]
#[template(path = "my_attempt.html")]
struct MyAttemptPage {
    frame: Frame,
    kind: &'static str,
    attempt: LabAttempt,
    summary: AttemptSummary,
    /// The page of the lab or quiz, if the course still has it.
    link: Option<String>,
}

pub(super) async fn attempt(
    State(app): State<App>,
    LearnerPage(learner): LearnerPage,
    Path(id): Path<String>,
    _: PageQuery<Nothing>,
) -> Page {
    let attempt = hand_in::of_learner(&app, &learner, &id).await?;
    let kind = activity::word(attempt.activity.kind);
    let name = attempt.activity.name.clone();
    let (title, link) = match attempt.activity.kind {
        ActivityKind::Lab => (app.course.lab(&name).map(|lab| lab.title.clone()), format!("/labs/{name}")),
        ActivityKind::Quiz => (app.course.quiz(&name).map(|quiz| quiz.title.clone()), format!("/quizzes/{name}")),
    };
    let link = title.is_some().then_some(link);
    Ok(html(&MyAttemptPage {
        frame: Frame::for_learner(&app, &title.unwrap_or(name), &learner),
        kind,
        attempt: lab_attempt(&app, &attempt).await?,
        summary: attempt.into(),
        link,
    }))
}
