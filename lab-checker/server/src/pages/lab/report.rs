//! The report of an attempt, as the page of its lab shows it.

use course::{Lab, Report, markdown_to_html};
use netpol::counted;

use crate::{
    activity::Activity,
    app::App,
    domain::named::is_id,
    problem::Problem,
    store::{Learner, Reported},
};

/// A report, and what is to be said above it.
pub(super) struct ShownReport {
    /// The attempt.
    pub(super) attempt: String,
    pub(super) report: Report,
    /// How many checks fail, in words.
    pub(super) sum: String,
    pub(super) hint: Option<String>,
}

/// The report of an attempt of the learner's at this lab.
pub(super) async fn report(app: &App, learner: &Learner, lab: &Lab, id: &str) -> Result<ShownReport, Problem> {
    let found = if is_id(id) { app.store.reported(id).await? } else { None };
    let activity = Activity::lab(&lab.name);
    let is_own = |found: &Reported| found.attempt.learner == learner.id && found.attempt.activity == activity;
    let found = found.filter(is_own);
    let found = found.ok_or_else(|| Problem::not_found("there is no such attempt of yours at this lab"))?;
    let report: Report = serde_json::from_value(found.report).map_err(|error| {
        tracing::error!(%error, attempt = id, "the report of an attempt cannot be read");
        Problem::failed()
    })?;
    Ok(ShownReport {
        attempt: id.to_owned(),
        sum: sum(&report),
        hint: report.mistake.as_ref().map(|mistake| markdown_to_html(&mistake.hint)),
        report,
    })
}

/// `1 of 4 checks fails.`
fn sum(report: &Report) -> String {
    let groups = report.groups();
    match groups.iter().filter(|group| !group.passed).count() {
        0 => "Every check passes.".to_owned(),
        1 => format!("1 of {} fails.", counted(groups.len(), "check")),
        failing => format!("{failing} of {} fail.", counted(groups.len(), "check")),
    }
}
