//! `/quizzes/NAME`: a quiz on its own page, and the page with its result, from which what was wrong is answered again.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use course::{
    Course, PublicQuestion, PublicQuestionKind, QuestionResult, Quiz, QuizReport, markdown_to_html,
    markdown_to_inline_html,
};
use netpol::escape_html;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Frame, Page, filters,
    frame::OnSite,
    html,
    reading::{FormOf, Nothing, PageQuery},
    visitor::LearnerPage,
};
use crate::{
    activity::Activity,
    app::App,
    domain::{
        hand_in as hand_in_of, questions as questions_of,
        told::{self, Told},
    },
    problem::Problem,
    store::{Attempt, Learner},
};

#[derive(Template)]
#[template(path = "quiz.html")]
struct QuizPage {
    frame: Frame,
    points: f64,
    questions: usize,
    /// How many of them are right already, and not asked.
    kept: usize,
    best: Option<f64>,
    chapter: Option<(String, String)>,
    /// Why it could not be handed in.
    wrong: Option<String>,
    form: String,
    /// How grading again has changed the result.
    told: Option<Told>,
}

#[derive(Template)]
#[template(path = "quiz_result.html")]
struct ResultPage {
    frame: Frame,
    attempt: String,
    name: String,
    title: String,
    report: QuizReport,
    chapter: Option<(String, String)>,
    rows: Vec<ResultRow>,
    best: f64,
    told: Option<Told>,
}

/// The field that names the attempt whose right answers are kept. No question has such a name.
const KEPT_FROM: &str = ".attempt";

/// What of a quiz is asked.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Asked {
    /// Only what was not right in this attempt.
    attempt: Option<String>,
}

/// A question with what was answered and what was said about it.
pub(super) struct ResultRow {
    pub(super) prompt: String,
    pub(super) result: QuestionResult,
    /// What was answered, HTML.
    pub(super) answers: Vec<String>,
    pub(super) explanation: Option<String>,
}

impl ResultRow {
    pub(super) fn class(&self) -> &'static str {
        if self.result.correct { "correct" } else { "wrong" }
    }

    pub(super) fn word(&self) -> &'static str {
        self.result.state.words()
    }
}

pub(super) async fn page(
    State(app): State<App>,
    LearnerPage(learner): LearnerPage,
    Path(name): Path<String>,
    PageQuery(asked): PageQuery<Asked>,
) -> Page {
    let fields: Vec<_> = asked.attempt.into_iter().map(|id| (KEPT_FROM.to_owned(), id)).collect();
    questions(&app, &learner, &name, &fields, None).await
}

/// The attempt that a form goes on from, if it names one.
async fn kept_from(
    app: &App,
    learner: &Learner,
    name: &str,
    fields: &[(String, String)],
) -> Result<Option<Attempt>, Problem> {
    match fields.iter().find(|(field, _)| field == KEPT_FROM) {
        Some((_, id)) => own_attempt(app, learner, name, id).await.map(Some),
        None => Ok(None),
    }
}

async fn own_attempt(app: &App, learner: &Learner, name: &str, id: &str) -> Result<Attempt, Problem> {
    let attempt = Some(hand_in_of::of_learner(app, learner, id).await?);
    let attempt = attempt.filter(|attempt| attempt.activity == Activity::quiz(name));
    attempt.ok_or_else(|| Problem::not_found("there is no such attempt of yours"))
}

/// The questions, with what was filled in already.
async fn questions(
    app: &App,
    learner: &Learner,
    name: &str,
    fields: &[(String, String)],
    wrong: Option<String>,
) -> Page {
    let quiz = app.quiz(name)?;
    let best = app.store.best(&learner.id, &Activity::quiz(name)).await?;
    let mut asked = questions_of::shown(app, learner, name)?;
    let mut hidden = String::new();
    if let Some(attempt) = kept_from(app, learner, name, fields).await? {
        let right = questions_of::right_answers(&attempt);
        asked.questions.retain(|question| right.iter().all(|(id, _)| *id != question.id));
        hidden = format!("<input type=\"hidden\" name=\"{KEPT_FROM}\" value=\"{}\">", escape_html(&attempt.id));
    }
    Ok(html(&QuizPage {
        frame: Frame::for_learner(app, &quiz.title, learner),
        points: quiz.points,
        questions: quiz.question_count(),
        kept: quiz.question_count() - asked.questions.len(),
        best,
        chapter: app.course.chapter(&quiz.chapter).map(|chapter| (chapter.title.clone(), chapter.page.clone())),
        wrong,
        told: told::about(app, &learner.id, &Activity::quiz(name)).await?,
        form: asked.to_html_filled(&hidden, fields),
    }))
}

/// The page of a quiz on the static site.
pub(super) fn on_site(course: &Course, quiz: &Quiz, site: &OnSite) -> Result<String, askama::Error> {
    let page = QuizPage {
        frame: Frame::on_site(course, &quiz.title, site),
        points: quiz.points,
        questions: quiz.question_count(),
        kept: 0,
        best: None,
        chapter: course.chapter(&quiz.chapter).map(|chapter| (chapter.title.clone(), chapter.page.clone())),
        wrong: None,
        told: None,
        form: quiz.public(0).to_html(""),
    };
    page.render()
}

/// The form was sent.
pub(super) async fn hand_in(
    State(app): State<App>,
    LearnerPage(learner): LearnerPage,
    Path(name): Path<String>,
    FormOf(fields): FormOf<Vec<(String, String)>>,
) -> Page {
    let answers = app.quiz(&name)?.answers_from_form(fields.iter().cloned());
    let kept = kept_from(&app, &learner, &name, &fields).await?;
    match hand_in_of::quiz(&app, &learner, &name, answers, kept.as_ref()).await {
        Ok(attempt) => Ok(Redirect::to(&format!("/quizzes/{name}/attempts/{}", attempt.id)).into_response()),
        // What was chosen is still there, to be completed or sent again.
        Err(problem) => {
            let page = questions(&app, &learner, &name, &fields, Some(problem.detail().to_owned())).await?;
            Ok((problem.status(), page).into_response())
        }
    }
}

pub(super) async fn result(
    State(app): State<App>,
    LearnerPage(learner): LearnerPage,
    Path((name, id)): Path<(String, String)>,
    _: PageQuery<Nothing>,
) -> Page {
    let quiz = app.quiz(&name)?;
    let attempt = own_attempt(&app, &learner, &name, &id).await?;
    let (report, rows) = rows(&app, &attempt).ok_or_else(Problem::failed)?;
    let best = app.store.best(&learner.id, &attempt.activity).await?;
    Ok(html(&ResultPage {
        frame: Frame::for_learner(&app, &quiz.title, &learner),
        title: quiz.title.clone(),
        best: best.unwrap_or(report.points),
        chapter: app.course.chapter(&quiz.chapter).map(|chapter| (chapter.title.clone(), chapter.page.clone())),
        told: told::about(&app, &learner.id, &attempt.activity).await?,
        attempt: attempt.id,
        name,
        report,
        rows,
    }))
}

/// An attempt's report, question by question.
pub(super) fn rows(app: &App, attempt: &Attempt) -> Option<(QuizReport, Vec<ResultRow>)> {
    let report: QuizReport = serde_json::from_value(attempt.report.clone()).ok()?;
    let questions = app.course.quiz(&attempt.activity.name).map(|quiz| quiz.public(0).questions).unwrap_or_default();
    let rows = report.questions.iter().map(|result| {
        let question = questions.iter().find(|question| question.id == result.id);
        let answer = attempt.submission.get("answers").and_then(|answers| answers.get(&result.id));
        ResultRow {
            prompt: question.map_or_else(|| result.id.clone(), |question| markdown_to_inline_html(&question.prompt)),
            answers: question.zip(answer).map(|(question, answer)| answered(question, answer)).unwrap_or_default(),
            // Attempts of long ago were given every explanation.
            explanation: result.explanation.as_deref().filter(|_| result.state.is_answered()).map(markdown_to_html),
            result: result.clone(),
        }
    });
    let rows = rows.collect();
    Some((report, rows))
}

/// What was answered, as HTML.
fn answered(question: &PublicQuestion, answer: &Value) -> Vec<String> {
    let answer = match answer {
        Value::Object(parts) if parts.contains_key("answer") => &parts["answer"],
        other => other,
    };
    let texts: Vec<&str> = match answer {
        Value::String(text) => vec![text],
        Value::Array(ids) => ids.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let shown = |text: &&str| match &question.kind {
        PublicQuestionKind::MultipleChoice { options, .. } => {
            let option = options.iter().find(|option| option.id == **text)?;
            Some(markdown_to_inline_html(&option.text))
        }
        _ => Some(escape_html(text)),
    };
    texts.iter().filter_map(shown).collect()
}
