//! `/instructor`: the gradebook, the class, one learner, one activity, grading again.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, State};

use super::{
    Frame, Page,
    arranged::Arranged,
    filters, html,
    reading::{Nothing, PageQuery},
    visitor::InstructorPage,
};
use crate::{
    activity::Activity,
    app::App,
    domain::{
        analysis::{self, Analysis, Said},
        gradebook::{self, Gradebook, Row},
        gradebook_files,
        links::invitation,
        named::{activity_named, is_id},
        roster::renewed,
    },
    problem::Problem,
    request::ReachedAt,
    store::{AttemptFilter, AttemptSummary, Learner},
};

/// How many attempts a learner's page lists.
const RECENT: u32 = 200;

#[derive(Template)]
#[template(path = "gradebook.html")]
struct GradebookPage {
    frame: Frame,
    gradebook: Gradebook,
    arranged: Arranged,
    /// The groups of the class.
    groups: BTreeSet<String>,
    /// How many learners there are, shown or not.
    learners: usize,
    join_code: String,
    /// The address for learners, when it is known.
    url: Option<String>,
    /// How many appeals wait for an answer.
    waiting: i64,
}

pub(super) async fn gradebook_page(
    State(app): State<App>,
    _: InstructorPage,
    reached: ReachedAt,
    PageQuery(arranged): PageQuery<Arranged>,
) -> Page {
    let mut gradebook = gradebook::of(&app).await?;
    let learners = gradebook.learners.len();
    let groups = gradebook.learners.iter().filter_map(|learner| learner.group.clone()).collect();
    arranged.of(&mut gradebook);
    let frame = Frame::for_instructor(&app, "Gradebook");
    let (join_code, url) = (app.join_code().await?, reached.for_others);
    let waiting = app.store.open_appeals().await?;
    Ok(html(&GradebookPage { frame, gradebook, arranged, groups, learners, join_code, url, waiting }))
}

pub(super) async fn gradebook_file(
    State(app): State<App>,
    _: InstructorPage,
    Path(form): Path<String>,
    _: PageQuery<Nothing>,
) -> Page {
    if !gradebook_files::FORMS.contains(&form.as_str()) {
        return Err(Problem::not_found("the gradebook is kept in no such form").into());
    }
    Ok(gradebook_files::of(&app, &form).await?)
}

#[derive(Template)]
#[template(path = "learner.html")]
struct LearnerPage {
    frame: Frame,
    learner: Learner,
    row: Row,
    max_points: f64,
    attempts: Vec<AttemptSummary>,
    token: Option<String>,
    /// The same as a link, where the address is known that learners come by.
    invitation: Option<String>,
}

pub(super) async fn learner_page(
    State(app): State<App>,
    _: InstructorPage,
    Path(id): Path<String>,
    _: PageQuery<Nothing>,
) -> Page {
    learner(&app, &id, None).await
}

/// A new token for somebody who lost theirs.
pub(super) async fn new_token(
    State(app): State<App>,
    _: InstructorPage,
    reached: ReachedAt,
    Path(id): Path<String>,
) -> Page {
    known(&app, &id).await?;
    let token = renewed(&app, &id).await?;
    let invitation = reached.for_others.map(|url| invitation(&url, &token));
    learner(&app, &id, Some((token.reveal().to_owned(), invitation))).await
}

async fn known(app: &App, id: &str) -> Result<Learner, Problem> {
    let found = if is_id(id) { app.store.learner(id).await? } else { None };
    found.ok_or_else(|| Problem::not_found("there is no such learner"))
}

async fn learner(app: &App, id: &str, fresh: Option<(String, Option<String>)>) -> Page {
    let (token, invitation) = fresh.map_or((None, None), |(token, invitation)| (Some(token), invitation));
    let learner = known(app, id).await?;
    let attempts = app.store.attempts(&AttemptFilter::default().of(id), RECENT).await?;
    let (row, max_points) = gradebook::of_learner(app, &learner).await?;
    Ok(html(&LearnerPage {
        frame: Frame::for_instructor(app, &learner.name),
        row,
        max_points,
        learner,
        attempts,
        token,
        invitation,
    }))
}

#[derive(Template)]
#[template(path = "activity.html")]
struct ActivityPage {
    frame: Frame,
    activity: Activity,
    kind: &'static str,
    analysis: Analysis,
}

pub(super) async fn activity_page(
    State(app): State<App>,
    _: InstructorPage,
    Path((kind, name)): Path<(String, String)>,
    _: PageQuery<Nothing>,
) -> Page {
    let activity = activity_named(&kind, &name).map_err(|problem| Problem::not_found(problem.detail()))?;
    let title = match activity.kind {
        crate::activity::ActivityKind::Lab => app.lab(&name)?.title.clone(),
        crate::activity::ActivityKind::Quiz => app.quiz(&name)?.title.clone(),
    };
    let analysis = analysis::of(&app, &activity).await?;
    let kind = crate::activity::word(activity.kind);
    Ok(html(&ActivityPage { frame: Frame::for_instructor(&app, &title), activity, kind, analysis }))
}
