//! `/instructor/regrade`: grading again, from the first look to what learners are told.

use std::time::Duration;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use serde::Deserialize;

use super::{
    Frame, Page, filters, html,
    reading::{FormOf, PageQuery},
    visitor::InstructorPage,
};
use crate::{
    app::App,
    domain::regrade::{self, PageOfResults, RegradeRequest, Regraded},
    store::RegradeJob,
};

/// How long a page waits for the result, before it shows how far it is.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Template)]
#[template(path = "regrade.html")]
struct RegradePage {
    frame: Frame,
    regraded: Option<Regraded>,
    /// Those of before, to look at again.
    jobs: Vec<Regraded>,
    note: String,
}

/// Which job, and which of its results.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Shown {
    job: Option<String>,
    before: Option<String>,
    told_from: Option<u32>,
}

/// The buttons of the page.
#[derive(Debug, Deserialize)]
pub(super) struct RegradeForm {
    #[serde(default)]
    commit: String,
    #[serde(default)]
    note: String,
    /// The job that the page shows.
    #[serde(default)]
    job: String,
}

pub(super) async fn page(State(app): State<App>, _: InstructorPage, PageQuery(shown): PageQuery<Shown>) -> Page {
    let Shown { job, before, told_from } = shown;
    match job {
        Some(id) => {
            let job = regrade::job(&app, &id).await?;
            page_of(&app, Some(job), &PageOfResults { before, told_from }, String::new()).await
        }
        None => page_of(&app, None, &PageOfResults::default(), String::new()).await,
    }
}

async fn page_of(app: &App, job: Option<RegradeJob>, results: &PageOfResults, note: String) -> Page {
    let words = regrade::note(Some(&note))?;
    let note =
        if note.is_empty() { job.as_ref().and_then(|job| job.wanted.note.clone()).unwrap_or(note) } else { note };
    let (regraded, jobs) = match job {
        Some(job) => (Some(regrade::shown(app, job, results, words.as_deref()).await?), Vec::new()),
        None => (None, regrade::listed(app).await?),
    };
    Ok(html(&RegradePage { frame: Frame::for_instructor(app, "Grade again"), regraded, jobs, note }))
}

/// Begin; or show again what is there, with other words.
pub(super) async fn begin(State(app): State<App>, _: InstructorPage, FormOf(form): FormOf<RegradeForm>) -> Page {
    let RegradeForm { commit, note, job } = form;
    let job = if job.is_empty() {
        let request = RegradeRequest { commit: commit == "yes", note: Some(note.clone()), ..RegradeRequest::default() };
        let begun = regrade::begin(&app, &request).await?;
        regrade::wait(&app, &begun.id, PATIENCE).await?
    } else {
        regrade::job(&app, &job).await?
    };
    page_of(&app, Some(job), &PageOfResults::default(), note).await
}

pub(super) async fn publish(
    State(app): State<App>,
    _: InstructorPage,
    Path(id): Path<String>,
    FormOf(form): FormOf<RegradeForm>,
) -> Page {
    let job = regrade::publish(&app, &id, Some(&form.note)).await?;
    page_of(&app, Some(job), &PageOfResults::default(), String::new()).await
}

pub(super) async fn stop(State(app): State<App>, _: InstructorPage, Path(id): Path<String>) -> Page {
    let job = regrade::stop(&app, &id).await?;
    Ok(Redirect::to(&format!("/instructor/regrade?job={}", job.id)).into_response())
}

pub(super) async fn resume(State(app): State<App>, _: InstructorPage, Path(id): Path<String>) -> Page {
    let job = regrade::resume(&app, &id).await?;
    Ok(Redirect::to(&format!("/instructor/regrade?job={}", job.id)).into_response())
}
