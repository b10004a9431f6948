//! The first try on the start page, as it is drawn without JavaScript: the picture, and the text with its blank.

use std::sync::Arc;

use course::{
    Course,
    workbench::{Preview, TextSeverity, try_out_in_page},
};
use serde::Deserialize;

use crate::{
    app::App,
    domain::try_out::{FirstTry, TriedOut, try_out, untried},
    request::Caller,
};

/// The longest word that is put into the blank.
const LONGEST: usize = 100;

/// What somebody has filled in.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Filled {
    fill: Option<String>,
}

/// What the page shows.
pub(super) struct Scene {
    /// What to do, as HTML.
    pub(super) task: String,
    pub(super) before: String,
    pub(super) behind: String,
    /// What stands in the blank.
    pub(super) word: String,
    /// Whether the text is open.
    pub(super) is_open: bool,
    /// SVG.
    pub(super) picture: String,
    pub(super) checks: Vec<(String, bool)>,
    pub(super) is_done: bool,
    /// Why there is no answer.
    pub(super) wrong: Option<String>,
}

/// The course's first try; nothing when it has none, or when it cannot be drawn at the moment.
pub(super) async fn scene(app: &App, caller: Caller, Filled { fill }: Filled) -> Option<Scene> {
    let first = app.course.first_try.as_ref()?;
    let is_open = fill.is_some();
    let word: String = fill.unwrap_or_default().trim().chars().take(LONGEST).collect();
    let asked = (!word.is_empty()).then(|| FirstTry { text: first.filled(&word) });
    let answer = match asked {
        Some(asked) => Some(try_out(app, caller.0, asked).await),
        None => None,
    };
    let (tried, wrong) = match answer {
        Some(Ok(tried)) => {
            let said =
                tried.preview.diagnostics.iter().find(|diagnostic| matches!(diagnostic.severity, TextSeverity::Error));
            let wrong = said.map(|diagnostic| diagnostic.message.clone());
            (tried, wrong)
        }
        Some(Err(problem)) => (begun(app).await?, Some(problem.detail().to_owned())),
        None => (begun(app).await?, None),
    };
    let checks: Vec<(String, bool)> =
        tried.preview.checks.iter().map(|check| (check.name.clone(), check.passed)).collect();
    Some(Scene {
        task: course::markdown_to_html(&first.task),
        before: first.before.clone(),
        behind: first.behind.clone(),
        word,
        is_open,
        picture: tried.preview.picture.clone().unwrap_or_default(),
        is_done: checks.iter().all(|(_, passed)| *passed),
        checks,
        wrong,
    })
}

/// The first try as a course begins it, without anybody who answers.
pub(super) fn still(course: &Course) -> Option<Scene> {
    let first = course.first_try.as_ref()?;
    let Preview { checks, picture, .. } = try_out_in_page(first, "");
    Some(Scene {
        task: course::markdown_to_html(&first.task),
        before: first.before.clone(),
        behind: first.behind.clone(),
        word: String::new(),
        is_open: false,
        picture: picture.unwrap_or_default(),
        is_done: false,
        checks: checks.into_iter().map(|check| (check.name, check.passed)).collect(),
        wrong: None,
    })
}

async fn begun(app: &App) -> Option<Arc<TriedOut>> {
    untried(app).await.inspect_err(|problem| tracing::warn!(detail = problem.detail(), "no first try")).ok()?
}
