//! `GET /api/v1/gradebook`: learners × activities, as JSON or as CSV.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::body::QueryOf;
use crate::{
    app::App,
    gradebook::{self, Gradebook},
    problem::Problem,
    signed_in::Teaching,
    spreadsheet::{csv, points},
};

/// The first row of nbgrader's own export.
const NBGRADER: &str = "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,\
                        late_submission_penalty,score,max_score";

/// In which form.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GradebookForm {
    /// `json` (the default), `csv` (a row a learner, a column an activity) or `nbgrader` (nbgrader's CSV).
    format: Option<String>,
}

#[utoipa::path(
    get, path = "/api/v1/gradebook", tag = "instructors", operation_id = "gradebook", security(("token" = [])),
    params(GradebookForm),
    responses(
        (status = 200, description = "Everybody's best attempts; as CSV when asked for", body = Gradebook),
        (status = 403, description = "Not an instructor", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_gradebook(
    State(app): State<App>,
    _: Teaching,
    QueryOf(form): QueryOf<GradebookForm>,
) -> Result<Response, Problem> {
    gradebook_files(&app, form.format.as_deref().unwrap_or("json")).await
}

/// The gradebook in one of its forms.
pub(crate) async fn gradebook_files(app: &App, form: &str) -> Result<Response, Problem> {
    let gradebook = gradebook::of(app).await?;
    match form {
        "json" => Ok(Json(gradebook).into_response()),
        "csv" => Ok(file("gradebook.csv", table(&gradebook))),
        "nbgrader" => Ok(file("grades.csv", nbgrader(&gradebook))),
        other => Err(Problem::invalid(format!("format {other:?} is not json, csv or nbgrader"))),
    }
}

fn file(name: &str, text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, text).into_response()
}

fn table(gradebook: &Gradebook) -> String {
    let title = |activity: &gradebook::Column| format!("{} {}", activity.kind, activity.name);
    let head = ["name", "email", "student_id"].map(str::to_owned).into_iter();
    let head = head.chain(gradebook.activities.iter().map(title)).chain(["total".to_owned()]);
    let maximum = ["maximum", "", ""].map(str::to_owned).into_iter();
    let maximum = maximum
        .chain(gradebook.activities.iter().map(|activity| points(activity.max_points)))
        .chain([points(gradebook.max_points)]);
    let mut rows: Vec<Vec<String>> = vec![head.collect(), maximum.collect()];
    for learner in &gradebook.learners {
        let scores = gradebook
            .activities
            .iter()
            .map(|activity| learner.scores.get(&activity.key()).map_or_else(String::new, |score| points(score.points)));
        let who = [learner.name.clone(), optional(&learner.email), optional(&learner.student_id)];
        rows.push(who.into_iter().chain(scores).chain([points(learner.points)]).collect());
    }
    csv(rows)
}

fn nbgrader(gradebook: &Gradebook) -> String {
    let mut rows: Vec<Vec<String>> = vec![NBGRADER.split(',').map(str::to_owned).collect()];
    let columns: BTreeMap<String, _> = gradebook.activities.iter().map(|activity| (activity.key(), activity)).collect();
    for learner in &gradebook.learners {
        let (first, last) = learner.name.rsplit_once(' ').unwrap_or((&learner.name, ""));
        for (key, column) in &columns {
            let score = learner.scores.get(key);
            let given = score.map_or_else(|| "0".to_owned(), |score| points(score.points));
            rows.push(vec![
                column.name.clone(),
                String::new(),
                score.map_or_else(String::new, |score| score.last.clone()),
                learner.student_id.clone().unwrap_or_else(|| learner.id.clone()),
                last.to_owned(),
                first.to_owned(),
                optional(&learner.email),
                given.clone(),
                "0".to_owned(),
                given,
                points(column.max_points),
            ]);
        }
    }
    csv(rows)
}

fn optional(text: &Option<String>) -> String {
    text.clone().unwrap_or_default()
}
