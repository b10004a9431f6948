//! `/instructor/appeals`: what learners say about checks that failed, and the answers.

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
    domain::{
        appeals::{self, AppealAnswer, AppealRow},
        gradebook_files::file,
        named::is_id,
    },
    problem::Problem,
    store::AppealFilter,
};

/// How many appeals of a state the page lists.
const RECENT: u32 = 100;

#[derive(Template)]
#[template(path = "appeals.html")]
struct AppealsPage {
    frame: Frame,
    /// Those that wait for an answer, and where older ones of them begin.
    open: Vec<AppealRow>,
    older_open: Option<String>,
    answered: Vec<AppealRow>,
    older_answered: Option<String>,
    /// How many wait.
    waiting: i64,
    /// Of which state alone the page lists some: a later page of them.
    only: Option<bool>,
}

/// Which appeals the page lists: the newest of both states, or those of one before another.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Older {
    state: Option<String>,
    before: Option<String>,
}

pub(super) async fn page(State(app): State<App>, _: InstructorPage, PageQuery(older): PageQuery<Older>) -> Page {
    let only = state_asked(older.state.as_deref())?;
    let before = older.before.filter(|before| is_id(before));
    let of = async |answered| {
        if only.is_some_and(|only| only != answered) {
            return Ok((Vec::new(), None));
        }
        let filter = AppealFilter { answered: Some(answered), before: before.clone(), ..AppealFilter::default() };
        let rows = appeals::listed(&app, &filter, RECENT).await?;
        let older = rows.last().filter(|_| rows.len() == RECENT as usize).map(|row| row.appeal.id.clone());
        Ok::<_, Problem>((rows, older))
    };
    let ((open, older_open), (answered, older_answered)) = (of(false).await?, of(true).await?);
    let (frame, waiting) = (Frame::for_instructor(&app, "Appeals"), app.store.open_appeals().await?);
    Ok(html(&AppealsPage { frame, open, older_open, answered, older_answered, waiting, only }))
}

/// The state that an address asks for.
fn state_asked(state: Option<&str>) -> Result<Option<bool>, Problem> {
    appeals::state_named(state.unwrap_or("all")).map_err(|problem| Problem::bad_request(problem.detail()))
}

/// Which appeals a file holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileQuery {
    state: Option<String>,
}

pub(super) async fn csv(State(app): State<App>, _: InstructorPage, PageQuery(query): PageQuery<FileQuery>) -> Page {
    let answered = state_asked(query.state.as_deref())?;
    let filter = AppealFilter { answered, ..AppealFilter::default() };
    Ok(file("appeals.csv", appeals::as_csv(&app, filter).await?))
}

pub(super) async fn answer(
    State(app): State<App>,
    _: InstructorPage,
    Path(id): Path<String>,
    FormOf(answer): FormOf<AppealAnswer>,
) -> Page {
    if !is_id(&id) {
        return Err(Problem::not_found("there is no such appeal").into());
    }
    appeals::answered(&app, &id, &answer).await?;
    Ok(Redirect::to("/instructor/appeals").into_response())
}
