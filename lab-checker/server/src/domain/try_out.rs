//! The start page's first try, for people who have no account yet: a text in the scene that the course has for it, or
//! else in its first lab that asks for policies, as it begins.

use std::{net::IpAddr, sync::Arc};

use course::{
    Lab, LabCni, PictureLinks,
    workbench::{self, Preview, previewed, tried},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{preview::Editor, tried::begun};
use crate::{
    app::{
        App,
        answers::{About, Question},
        clusters::ClusterFailure,
    },
    problem::Problem,
};

/// The longest text.
const LONGEST: usize = 8 << 10;

/// What somebody tries.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct FirstTry {
    /// YAML or JSON, at most 8 KiB; an empty one shows the lab as it begins.
    pub(crate) text: String,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TriedOut {
    /// The lab that it was tried in.
    lab: String,
    /// Its title.
    title: String,
    #[serde(flatten)]
    pub(crate) preview: Preview,
}

/// Try a text.
pub(crate) async fn try_out(app: &App, caller: IpAddr, FirstTry { text }: FirstTry) -> Result<Arc<TriedOut>, Problem> {
    app.limits.tries.take(caller)?;
    if text.len() > LONGEST {
        return Err(Problem::invalid(format!("the text is longer than {} KiB", LONGEST >> 10)));
    }
    if app.course.first_try.is_some() {
        return in_scene(app, &caller.to_string(), text).await;
    }
    let lab = first_lab(app).ok_or_else(|| Problem::not_found("this course has no lab to try"))?;
    let question = asked(&lab.name, &text);
    let (there, name) = (app.clone(), lab.name.clone());
    let work = move || {
        let checker = there.checker(&name)?;
        let lab = checker.lab();
        let tried = tried(begun(&there, None, lab)?, lab, &text, Vec::new());
        let preview = previewed(checker, tried, &[], PictureLinks::NONE);
        Ok(TriedOut { lab: lab.name.clone(), title: lab.title.clone(), preview })
    };
    app.evaluation.ask_to_preview(&caller.to_string(), question, work).await
}

/// A try of a text, which is the same for everybody.
fn asked(lab: &str, text: &str) -> Question {
    let editor = Editor { text: text.to_owned(), ..Editor::default() };
    Question { about: About::Start, lab: lab.to_owned(), asked: editor.asked("try") }
}

/// The first lab that asks for policies and for nothing else.
fn first_lab(app: &App) -> Option<&Lab> {
    let mut labs = app.course.labs.iter().map(|lab| &**lab);
    labs.find(|lab| lab.may_change.iter().all(|kind| kind == "NetworkPolicy") && lab.cni == LabCni::Enforcing)
}

/// The scene of the course as somebody finds it; nothing when the course has none.
pub(crate) async fn untried(app: &App) -> Result<Option<Arc<TriedOut>>, Problem> {
    match app.course.first_try {
        // It is the same for all who come, and computed once.
        Some(_) => in_scene(app, "visitors", String::new()).await.map(Some),
        None => Ok(None),
    }
}

async fn in_scene(app: &App, person: &str, text: String) -> Result<Arc<TriedOut>, Problem> {
    let question = asked("first try", &text);
    let there = app.clone();
    let work = move || {
        let first = there.course.first_try.as_ref();
        let first = first.ok_or_else(|| Problem::not_found("this course has nothing to try"))?;
        Ok(tried_in(&there, first, &text)?)
    };
    app.evaluation.ask_to_preview(person, question, work).await
}

fn tried_in(app: &App, first: &course::FirstTry, text: &str) -> Result<TriedOut, ClusterFailure> {
    let lab = &first.lab;
    let preview = workbench::try_out(first, begun(app, None, lab)?, text);
    Ok(TriedOut { lab: lab.name.clone(), title: lab.title.clone(), preview })
}
