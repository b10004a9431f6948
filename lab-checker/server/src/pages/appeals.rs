//! `/instructor/appeals`: what learners say about checks that failed, and the answers.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use serde::Deserialize;

use super::{
    Frame, Page, filters, html,
    reading::{FormOf, Nothing, PageQuery},
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
    /// Those that wait for an answer.
    open: Vec<AppealRow>,
    answered: Vec<AppealRow>,
    /// Whether there are more than the page lists.
    more: bool,
}

pub(super) async fn page(State(app): State<App>, _: InstructorPage, _: PageQuery<Nothing>) -> Page {
    let of = async |answered| {
        let filter = AppealFilter { answered: Some(answered), ..AppealFilter::default() };
        appeals::listed(&app, &filter, RECENT).await
    };
    let (open, answered) = (of(false).await?, of(true).await?);
    let more = [&open, &answered].iter().any(|rows| rows.len() == RECENT as usize);
    Ok(html(&AppealsPage { frame: Frame::for_instructor(&app, "Appeals"), open, answered, more }))
}

/// Which appeals a file holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileQuery {
    state: Option<String>,
}

pub(super) async fn csv(State(app): State<App>, _: InstructorPage, PageQuery(query): PageQuery<FileQuery>) -> Page {
    let answered = appeals::state_named(query.state.as_deref().unwrap_or("all"));
    let answered = answered.map_err(|problem| Problem::bad_request(problem.detail()))?;
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
