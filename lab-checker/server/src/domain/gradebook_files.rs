//! The gradebook as it leaves the server: JSON, a table for a spreadsheet, nbgrader's own export.

use std::collections::BTreeMap;

use axum::{
    Json,
    http::header,
    response::{IntoResponse, Response},
};

use super::{
    gradebook::{self, Gradebook},
    spreadsheet::{csv, points},
};
use crate::{app::App, problem::Problem};

/// The first row of nbgrader's own export.
const NBGRADER: &str = "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,\
                        late_submission_penalty,score,max_score";

/// The forms of a gradebook.
pub(crate) const FORMS: [&str; 3] = ["json", "csv", "nbgrader"];

/// The gradebook in one of its forms.
pub(crate) async fn of(app: &App, form: &str) -> Result<Response, Problem> {
    let gradebook = gradebook::of(app).await?;
    match form {
        "json" => Ok(Json(gradebook).into_response()),
        "csv" => Ok(file("gradebook.csv", table(&gradebook))),
        "nbgrader" => Ok(file("grades.csv", nbgrader(&gradebook))),
        other => Err(Problem::invalid(format!("format {other:?} is not json, csv or nbgrader"))),
    }
}

/// CSV to be downloaded under this name.
pub(crate) fn file(name: &str, text: String) -> Response {
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
