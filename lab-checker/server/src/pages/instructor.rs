//! `/instructor`: the gradebook, the class, one learner, one activity, grading again.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::{Frame, Page, arranged::Arranged, filters, html, visitor::InstructorPage};
use crate::{
    activity::Activity,
    app::App,
    domain::{
        analysis::{self, Analysis},
        gradebook::{self, Gradebook, Row},
        gradebook_files,
        named::activity_named,
        roster::{Imported, import as import_rows, renewed, rows_of_csv},
        spreadsheet::csv,
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
    Query(arranged): Query<Arranged>,
) -> Page {
    let mut gradebook = gradebook::of(&app).await?;
    let learners = gradebook.learners.len();
    arranged.of(&mut gradebook);
    let frame = Frame::for_instructor(&app, "Gradebook");
    let (join_code, url) = (app.join_code().await?, reached.for_others);
    let waiting = app.store.open_appeals().await?;
    Ok(html(&GradebookPage { frame, gradebook, arranged, learners, join_code, url, waiting }))
}

pub(super) async fn gradebook_file(State(app): State<App>, _: InstructorPage, Path(form): Path<String>) -> Page {
    Ok(gradebook_files::of(&app, &form).await?)
}

#[derive(Template)]
#[template(path = "roster.html")]
struct RosterPage {
    frame: Frame,
    learners: Vec<Learner>,
    join_code: String,
    imported: Option<Imported>,
    /// The new learners' tokens as a file, in an address.
    tokens_file: String,
    wrong: Option<String>,
    text: String,
}

/// A list of learners, pasted.
#[derive(Debug, Deserialize)]
pub(super) struct ImportForm {
    text: String,
}

pub(super) async fn roster_page(State(app): State<App>, _: InstructorPage) -> Page {
    roster(&app, None, None, String::new()).await
}

pub(super) async fn import(State(app): State<App>, _: InstructorPage, Form(form): Form<ImportForm>) -> Page {
    let rows = rows_of_csv(form.text.as_bytes());
    let imported = match rows {
        Ok(rows) => import_rows(&app, rows).await,
        Err(problem) => Err(problem),
    };
    match imported {
        Ok(imported) => roster(&app, Some(imported), None, String::new()).await,
        Err(problem) => roster(&app, None, Some(problem.detail().to_owned()), form.text).await,
    }
}

async fn roster(app: &App, imported: Option<Imported>, wrong: Option<String>, text: String) -> Page {
    let learners = app.store.learners().await?;
    let (frame, join_code) = (Frame::for_instructor(app, "Class"), app.join_code().await?);
    let tokens_file = imported.as_ref().map(tokens_file).unwrap_or_default();
    Ok(html(&RosterPage { frame, learners, join_code, imported, tokens_file, wrong, text }))
}

/// Tokens are shown once and kept nowhere: the file is a part of the page that shows them.
fn tokens_file(imported: &Imported) -> String {
    let head = ["name", "email", "student_id", "token"].map(str::to_owned);
    let rows = imported.created.iter().map(|entry| {
        let [email, id] = [&entry.email, &entry.student_id].map(|text| text.clone().unwrap_or_default());
        [entry.name.clone(), email, id, entry.token.clone()]
    });
    let text = csv(std::iter::once(head).chain(rows));
    format!("data:text/csv;charset=utf-8,{}", utf8_percent_encode(&text, NON_ALPHANUMERIC))
}

#[derive(Template)]
#[template(path = "learner.html")]
struct LearnerPage {
    frame: Frame,
    learner: Learner,
    row: Option<Row>,
    max_points: f64,
    attempts: Vec<AttemptSummary>,
    token: Option<String>,
}

pub(super) async fn learner_page(State(app): State<App>, _: InstructorPage, Path(id): Path<String>) -> Page {
    learner(&app, &id, None).await
}

/// A new token for somebody who lost theirs.
pub(super) async fn new_token(State(app): State<App>, _: InstructorPage, Path(id): Path<String>) -> Page {
    let token = renewed(&app, &id).await?;
    learner(&app, &id, Some(token.reveal().to_owned())).await
}

async fn learner(app: &App, id: &str, token: Option<String>) -> Page {
    let found = app.store.learner(id).await?;
    let learner = found.ok_or_else(|| Problem::not_found("there is no such learner"))?;
    let attempts = app.store.attempts(&AttemptFilter::default().of(id), RECENT).await?;
    let gradebook = gradebook::of(app).await?;
    Ok(html(&LearnerPage {
        frame: Frame::for_instructor(app, &learner.name),
        row: gradebook.learners.into_iter().find(|row| row.id == id),
        max_points: gradebook.max_points,
        learner,
        attempts,
        token,
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
) -> Page {
    let activity = activity_named(&kind, &name)?;
    let title = match activity.kind {
        crate::activity::ActivityKind::Lab => app.lab(&name)?.title.clone(),
        crate::activity::ActivityKind::Quiz => app.quiz(&name)?.title.clone(),
    };
    let analysis = analysis::of(&app, &activity).await?;
    let kind = crate::activity::word(activity.kind);
    Ok(html(&ActivityPage { frame: Frame::for_instructor(&app, &title), activity, kind, analysis }))
}
