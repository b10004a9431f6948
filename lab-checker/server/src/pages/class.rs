//! `/instructor/roster`: who is in the class, lists, invitations, and who joined with an address of the list.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::{
    Frame, Page, filters, html,
    reading::{FormOf, Nothing, PageQuery},
    visitor::InstructorPage,
};
use crate::{
    app::App,
    domain::{
        class::{self, Claim, Decision},
        roster::{Imported, NewEntry, import as import_rows, invitations_table, invited},
        roster_file::rows_of_csv,
    },
    problem::Problem,
    request::ReachedAt,
    store::Learner,
};

#[derive(Template)]
#[template(path = "roster.html")]
struct RosterPage {
    frame: Frame,
    learners: Vec<Learner>,
    join_code: String,
    /// The learner at this machine, who is not counted.
    local: Option<Learner>,
    /// Who joined with an address of the list, and waits.
    claims: Vec<Claim>,
    /// How many of the list have not come yet.
    away: usize,
    told: Told,
}

/// What came of what the instructor has done on the page.
#[derive(Default)]
struct Told {
    imported: Option<Imported>,
    /// Invitations, shown once.
    invitations: Vec<NewEntry>,
    /// The same as a file, in an address.
    file: String,
    /// Everything that is wrong with a list.
    wrong: Vec<String>,
    /// The list as it was pasted.
    text: String,
}

/// A list of learners, pasted.
#[derive(Debug, Deserialize)]
pub(super) struct ImportForm {
    text: String,
}

pub(super) async fn page(State(app): State<App>, _: InstructorPage, _: PageQuery<Nothing>) -> Page {
    roster(&app, Told::default()).await
}

pub(super) async fn import(
    State(app): State<App>,
    _: InstructorPage,
    reached: ReachedAt,
    FormOf(form): FormOf<ImportForm>,
) -> Page {
    let imported = match rows_of_csv(form.text.as_bytes()) {
        Ok(rows) => import_rows(&app, rows, reached.for_others.as_deref()).await,
        Err(problem) => Err(problem),
    };
    let told = match imported {
        Ok(mut imported) => {
            let invitations = std::mem::take(&mut imported.created);
            Told { file: file(&invitations), invitations, imported: Some(imported), ..Told::default() }
        }
        Err(problem) => Told { wrong: lines(&problem), text: form.text, ..Told::default() },
    };
    roster(&app, told).await
}

/// What is wrong, line by line where that is known.
fn lines(problem: &Problem) -> Vec<String> {
    let lines = problem.more("errors").and_then(|errors| errors.as_array()).into_iter().flatten();
    let lines: Vec<String> = lines.filter_map(|line| line.as_str()).map(str::to_owned).collect();
    if lines.is_empty() { vec![problem.detail().to_owned()] } else { lines }
}

/// Invitations for everybody on the list who has not come yet.
pub(super) async fn invite(State(app): State<App>, _: InstructorPage, reached: ReachedAt) -> Page {
    let invitations = invited(&app, &[], reached.for_others.as_deref()).await?;
    roster(&app, Told { file: file(&invitations), invitations, ..Told::default() }).await
}

/// The button that was pressed.
#[derive(Debug, Deserialize)]
pub(super) struct ClaimForm {
    decision: Decision,
}

pub(super) async fn decide(
    State(app): State<App>,
    _: InstructorPage,
    Path(id): Path<String>,
    FormOf(form): FormOf<ClaimForm>,
) -> Page {
    class::decided(&app, &id, form.decision).await?;
    Ok(Redirect::to("/instructor/roster").into_response())
}

async fn roster(app: &App, told: Told) -> Page {
    let learners = class::learners(app).await?;
    let away = learners.iter().filter(|learner| learner.is_listed && learner.came_at.is_none()).count();
    let (frame, join_code) = (Frame::for_instructor(app, "Class"), app.join_code().await?);
    let (claims, local) = (class::claims(app).await?, class::local_learner(app).await?);
    Ok(html(&RosterPage { frame, learners, join_code, local, claims, away, told }))
}

/// Invitations are shown once and kept nowhere: the file is a part of the page that shows them.
fn file(invitations: &[NewEntry]) -> String {
    let text = invitations_table(invitations);
    format!("data:text/csv;charset=utf-8,{}", utf8_percent_encode(&text, NON_ALPHANUMERIC))
}
