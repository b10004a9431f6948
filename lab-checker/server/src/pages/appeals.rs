//! `/instructor/appeals`: what learners say about checks that failed, and the answers.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
};
use serde::Deserialize;

use super::{Frame, Page, filters, html, visitor::InstructorPage};
use crate::{
    app::App,
    domain::{
        appeals::{self, AppealAnswer, AppealRow},
        gradebook_files::file,
    },
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

pub(super) async fn page(State(app): State<App>, _: InstructorPage) -> Page {
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
pub(super) struct FileQuery {
    state: Option<String>,
}

pub(super) async fn csv(State(app): State<App>, _: InstructorPage, Query(query): Query<FileQuery>) -> Page {
    let answered = appeals::state_named(query.state.as_deref().unwrap_or("all"))?;
    let filter = AppealFilter { answered, ..AppealFilter::default() };
    Ok(file("appeals.csv", appeals::as_csv(&app, filter).await?))
}

pub(super) async fn answer(
    State(app): State<App>,
    _: InstructorPage,
    Path(id): Path<String>,
    Form(answer): Form<AppealAnswer>,
) -> Page {
    appeals::answered(&app, &id, &answer).await?;
    Ok(Redirect::to("/instructor/appeals").into_response())
}
