//! "My answer is right": a learner whose check failed says so to the instructor, who answers. What failed first is
//! kept with it, as the learner saw it.

use std::collections::BTreeSet;

use course::Report;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{difference, named::is_id, spreadsheet, told::title, words};
use crate::{
    activity::Activity,
    app::App,
    problem::Problem,
    store::{Appeal, AppealFilter, Appealed, AttemptFilter, Learner, NewAppeal, Reported},
};

/// How many appeals of one learner may wait for an answer.
const MOST_OPEN: i64 = 5;
/// How many of their appeals a learner is shown.
const RECENT: u32 = 50;
/// How many appeals are read at once for a file.
const BATCH: u32 = 500;

/// What a learner says.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub(crate) struct AppealRequest {
    /// The attempt; your last one at the lab when left out.
    #[serde(default)]
    pub(crate) attempt: Option<String>,
    /// Why your answer is right. May be left out: the flow that failed is told in any case.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub(crate) message: Option<String>,
}

/// What an instructor answers.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub(crate) struct AppealAnswer {
    /// For the learner to read: something that can be seen.
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = "[^\\s\\x00-\\x20\\x7f-\\xa0\\u200b\\u202a-\\u202e\\u2060-\\u2069\\ufeff]"
    )]
    pub(crate) answer: String,
}

/// An appeal, as its learner sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AppealView {
    pub(crate) id: String,
    pub(crate) attempt: String,
    pub(crate) lab: String,
    /// The lab's title.
    pub(crate) title: String,
    /// RFC 3339.
    pub(crate) made_at: String,
    /// The flow that failed first, if it was a flow.
    pub(crate) flow: Option<String>,
    /// What the check said.
    pub(crate) finding: String,
    /// What the learner says; may be empty.
    pub(crate) message: String,
    /// `open` or `answered`.
    pub(crate) state: &'static str,
    pub(crate) answer: Option<String>,
    /// RFC 3339.
    pub(crate) answered_at: Option<String>,
}

impl AppealView {
    fn of(app: &App, appeal: Appeal) -> Self {
        let Appeal { id, lab, made_at, said, answer } = appeal;
        let (answer, answered_at) = answer.map(|(answer, at)| (answer, at.to_string())).unzip();
        Self {
            id,
            attempt: said.attempt,
            title: title(app, &Activity::lab(&lab)),
            lab,
            made_at: made_at.to_string(),
            flow: said.flow,
            finding: said.finding,
            message: said.message,
            state: if answer.is_some() { "answered" } else { "open" },
            answer,
            answered_at,
        }
    }
}

/// An appeal, for the learner who made it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct MyAppeal {
    #[serde(flatten)]
    pub(crate) appeal: AppealView,
    /// Whether there is an answer that you have not handed in anything after.
    pub(crate) is_news: bool,
}

/// An appeal, as instructors see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AppealRow {
    pub(crate) learner: String,
    /// The learner's name.
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) student_id: Option<String>,
    #[serde(flatten)]
    pub(crate) appeal: AppealView,
}

/// Say that an attempt at a lab is right.
pub(crate) async fn made(
    app: &App,
    learner: &Learner,
    lab: &str,
    request: &AppealRequest,
) -> Result<AppealView, Problem> {
    app.lab(lab)?;
    app.limits.actions.take(learner.id.clone())?;
    let message = request.message.as_deref().map(|text| words::cleaned("the message", text)).transpose()?.flatten();
    let Reported { attempt, report } = attempt(app, learner, lab, request.attempt.as_deref()).await?;
    if attempt.passed {
        return Err(Problem::nothing_to_appeal("this attempt has passed: there is nothing to report"));
    }
    let report: Option<Report> = serde_json::from_value(report).ok();
    let failed = report.as_ref().and_then(difference::first_failing);
    let (flow, finding) = failed.map(|failed| (failed.flow, failed.sentence)).unwrap_or_default();
    let new = NewAppeal {
        attempt: attempt.id,
        learner: learner.id.clone(),
        flow,
        finding,
        message: message.unwrap_or_default(),
    };
    match app.store.appeal(&new, MOST_OPEN).await? {
        Appealed::Kept(id) => view(app, &id).await,
        Appealed::Before(_) => {
            Err(Problem::nothing_to_appeal("you have reported this attempt already; check again to report a newer one"))
        }
        Appealed::TooMany => Err(Problem::nothing_to_appeal(format!(
            "{MOST_OPEN} of your reports wait for an answer; more can be sent when one is answered"
        ))),
    }
}

/// The attempt that is meant, if it is the learner's own, at this lab.
async fn attempt(app: &App, learner: &Learner, lab: &str, id: Option<&str>) -> Result<Reported, Problem> {
    let activity = Activity::lab(lab);
    let found = match id {
        Some(id) if !is_id(id) => None,
        Some(id) => app.store.reported(id).await?,
        None => app.store.newest_reported(&AttemptFilter::at(&activity).of(&learner.id)).await?,
    };
    let own = found.filter(|Reported { attempt, .. }| attempt.learner == learner.id && attempt.activity == activity);
    own.ok_or_else(|| match id {
        Some(_) => Problem::not_found("there is no such attempt of yours at this lab"),
        None => Problem::nothing_to_appeal("nothing of yours has been checked at this lab; check it first"),
    })
}

async fn view(app: &App, id: &str) -> Result<AppealView, Problem> {
    let appeal = app.store.appeal_of(id).await?.ok_or_else(|| Problem::not_found("there is no such appeal"))?;
    Ok(AppealView::of(app, appeal))
}

/// A learner's own, the newest first.
pub(crate) async fn of(app: &App, learner: &str) -> Result<Vec<MyAppeal>, Problem> {
    let filter = AppealFilter { learner: Some(learner.to_owned()), ..AppealFilter::default() };
    let found = app.store.appeals(&filter, RECENT).await?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let scores = app.store.scores_of(learner).await?;
    let last = |lab: &str| scores.iter().find(|best| best.activity == Activity::lab(lab)).map(|best| best.last);
    let mine = found.into_iter().map(|appeal| {
        let answered_at = appeal.answer.as_ref().map(|(_, at)| *at);
        let is_news = answered_at.is_some_and(|at| last(&appeal.lab).is_none_or(|last| last < at));
        MyAppeal { appeal: AppealView::of(app, appeal), is_news }
    });
    Ok(mine.collect())
}

/// Everybody's, the newest first.
pub(crate) async fn listed(app: &App, filter: &AppealFilter, most: u32) -> Result<Vec<AppealRow>, Problem> {
    if !filter.learner.iter().chain(&filter.before).all(|id| is_id(id)) {
        return Ok(Vec::new());
    }
    let found = app.store.appeals(filter, most).await?;
    let whose: BTreeSet<&str> = found.iter().map(|appeal| appeal.said.learner.as_str()).collect();
    let whose = app.store.learners_among(&whose).await?;
    let rows = found.into_iter().map(|appeal| {
        let id = appeal.said.learner.clone();
        let (name, email, student_id) = whose
            .get(&id)
            .map(|learner| (learner.name.clone(), learner.email.clone(), learner.student_id.clone()))
            .unwrap_or_default();
        AppealRow { learner: id, name, email, student_id, appeal: AppealView::of(app, appeal) }
    });
    Ok(rows.collect())
}

/// What `state` of a query means: whether answered.
pub(crate) fn state_named(word: &str) -> Result<Option<bool>, Problem> {
    match word {
        "all" => Ok(None),
        "open" => Ok(Some(false)),
        "answered" => Ok(Some(true)),
        other => Err(Problem::invalid(format!("state {other:?} is not open, answered or all"))),
    }
}

/// Answer an appeal; a second answer takes the place of the first.
pub(crate) async fn answered(app: &App, id: &str, answer: &AppealAnswer) -> Result<AppealView, Problem> {
    let answer = words::cleaned("the answer", &answer.answer)?;
    let answer = answer.ok_or_else(|| Problem::invalid("the answer is empty; write what the learner should read"))?;
    if !is_id(id) || !app.store.answer_appeal(id, &answer).await? {
        return Err(Problem::not_found("there is no such appeal"));
    }
    view(app, id).await
}

/// Everything as CSV, the newest first.
pub(crate) async fn as_csv(app: &App, mut filter: AppealFilter) -> Result<String, Problem> {
    let head = "made_at,name,email,student_id,lab,flow,finding,message,answer,answered_at,attempt";
    let mut file = spreadsheet::Csv::beginning(head.split(',').map(str::to_owned));
    loop {
        let found = listed(app, &filter, BATCH).await?;
        let Some(last) = found.last() else { return Ok(file.finished()) };
        filter.before = Some(last.appeal.id.clone());
        found.into_iter().map(cells).for_each(|row| file.push(row));
    }
}

fn cells(row: AppealRow) -> Vec<String> {
    let AppealRow { name, email, student_id, appeal, .. } = row;
    let or_empty = Option::unwrap_or_default;
    vec![
        appeal.made_at,
        name,
        or_empty(email),
        or_empty(student_id),
        appeal.lab,
        or_empty(appeal.flow),
        appeal.finding,
        appeal.message,
        or_empty(appeal.answer),
        or_empty(appeal.answered_at),
        appeal.attempt,
    ]
}
