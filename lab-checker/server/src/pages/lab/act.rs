//! The buttons of the page, where no script is.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use course::{Lab, workbench::NamedObject};
use serde::Deserialize;

use super::{asked::Shown, own::Written, view::render};
use crate::{
    app::App,
    domain::{
        appeals::{self, AppealRequest},
        apply, hand_in, own_words,
    },
    pages::{
        filters,
        frame::{Frame, Page, html},
        reading::FormOf,
        visitor::LearnerPage,
    },
    problem::Problem,
    store::Learner,
};

/// What a button of the page asks for.
#[derive(Debug, Deserialize)]
pub(crate) struct Action {
    action: String,
    #[serde(default)]
    text: String,
    /// The text as the page showed it first.
    #[serde(default)]
    shown: String,
    /// What the text of the page had brought, with spaces between.
    #[serde(default)]
    brought: String,
    #[serde(default)]
    object: String,
    /// Of an appeal: the attempt that is right, and why.
    #[serde(default)]
    attempt: Option<String>,
    #[serde(default)]
    message: String,
    /// `yes` when the lab is to begin anew, and who was asked has said so.
    #[serde(default)]
    anew: String,
}

impl Action {
    fn brought(&self) -> Vec<String> {
        self.brought.split_whitespace().map(str::to_owned).collect()
    }

    /// Browsers send `\r\n`.
    fn text(&self) -> String {
        self.text.replace("\r\n", "\n")
    }

    fn is_changed(&self) -> bool {
        self.text().trim() != self.shown.replace("\r\n", "\n").trim()
    }
}

/// Asks before a lab is reset, where no script does.
#[derive(Template)]
#[template(path = "reset.html")]
struct ResetPage {
    frame: Frame,
    name: String,
    title: String,
    text: String,
}

/// A button was pressed.
pub(crate) async fn act(
    State(app): State<App>,
    LearnerPage(learner): LearnerPage,
    Path(name): Path<String>,
    FormOf(action): FormOf<Action>,
) -> Page {
    let lab = app.lab(&name)?;
    match action.action.as_str() {
        "start" => start(&app, &learner, lab, &action).await,
        "reset" => Ok(html(&ResetPage {
            frame: Frame::for_learner(&app, &lab.title, &learner),
            name,
            title: lab.title.clone(),
            text: action.text(),
        })),
        "edit" => written(&app, &learner, lab, Written::of(action.text())).await,
        "bring-back" => bring_back(&app, &learner, lab, &action).await,
        "apply" => {
            let applied = apply::text(&app, &learner, &name, action.text(), &action.brought()).await?;
            written(&app, &learner, lab, Written { applied: Some(applied), ..Written::of(action.text()) }).await
        }
        "check" => check(&app, &learner, lab, &action).await,
        "delete" => {
            app.limits.actions.take(learner.id.clone())?;
            delete(&app, &learner, lab, &action.object).await?;
            Ok(Redirect::to(&format!("/labs/{name}#yours")).into_response())
        }
        "appeal" => {
            let request = AppealRequest { attempt: action.attempt, message: Some(action.message) };
            let made = appeals::made(&app, &learner, &name, &request).await?;
            Ok(Redirect::to(&format!("/labs/{name}?attempt={}#appeals", made.attempt)).into_response())
        }
        other => Err(Problem::bad_request(format!("there is no button {other:?}")).into()),
    }
}

/// The page with a text in its editor.
async fn written(app: &App, learner: &Learner, lab: &Lab, written: Written) -> Page {
    render(app, learner, lab, &Shown::default(), Some(written)).await
}

/// The lab begins, or begins anew; then the text of its editor is put aside.
async fn start(app: &App, learner: &Learner, lab: &Lab, action: &Action) -> Page {
    app.limits.actions.take(learner.id.clone())?;
    if action.anew == "yes" {
        own_words::put_aside_for_reset(app, learner, lab, &action.text()).await?;
        app.clusters.reset(learner, lab).await?;
    } else {
        app.clusters.start(learner, lab).await?;
    }
    Ok(Redirect::to(&format!("/labs/{}", lab.name)).into_response())
}

/// The text that was put aside comes back, and the one that stood there is put aside for it.
async fn bring_back(app: &App, learner: &Learner, lab: &Lab, action: &Action) -> Page {
    app.limits.drafts.take(learner.id.clone())?;
    let aside = own_words::of(app, learner, lab).await?.aside;
    let aside = aside.ok_or_else(|| Problem::not_found("no text is put aside for this lab"))?;
    let before = Some(action.text()).filter(|text| action.is_changed() && own_words::is_worth_keeping(text, lab));
    own_words::put_aside(app, learner, lab, before.as_deref()).await?;
    written(app, learner, lab, Written::of(aside)).await
}

/// Who changes the text and presses "Check" means the changed text.
async fn check(app: &App, learner: &Learner, lab: &Lab, action: &Action) -> Page {
    if action.is_changed() {
        let applied = apply::text(app, learner, &lab.name, action.text(), &action.brought()).await?;
        if !applied.is_good() {
            let text = Written { applied: Some(applied), ..Written::of(action.text()) };
            return written(app, learner, lab, text).await;
        }
    }
    let attempt = hand_in::lab_in_cluster(app, learner, &lab.name).await?;
    Ok(Redirect::to(&format!("/labs/{}?attempt={}#report", lab.name, attempt.id)).into_response())
}

async fn delete(app: &App, learner: &Learner, lab: &Lab, object: &str) -> Result<(), Problem> {
    let mut parts = object.splitn(3, '/').map(str::to_owned);
    let mut part = || parts.next().unwrap_or_default();
    let object = NamedObject { kind: part(), namespace: part(), name: part() };
    if !lab.may_change.contains(&object.kind) {
        return Err(Problem::invalid(format!("this lab is not about objects of kind {}", object.kind)));
    }
    Ok(app.clusters.delete(learner, lab, &object).await?)
}
