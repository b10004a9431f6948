//! Why a flow gets through or not with an editor's text in the world, and where in the text that stands.

use std::sync::Arc;

use course::workbench::{self, Asked, read_brought, tried};
use serde_json::Value;

use super::{editor::check_length, lab_state::LabState, preview::Editor, tried::begun};
use crate::{app::App, problem::Problem, store::Learner};

/// The explanation, and beside each `decided_by` that stands in the text its `line`, `column` and `end_column`.
pub(crate) async fn explain(
    app: &App,
    learner: &Learner,
    lab: &str,
    asked: Asked,
    editor: Editor,
) -> Result<Arc<Value>, Problem> {
    let lab = app.lab(lab)?;
    app.limits.previews.take(learner.id.clone())?;
    check_length(&editor.text)?;
    let brought = read_brought(&editor.brought, lab)?;
    let state = LabState::of(app, learner, lab).await?;
    let Asked { from, to, port } = &asked;
    let question = state.question(editor.asked(&format!("why {from:?} {to:?} {port:?}")));
    let (there, name) = (app.clone(), lab.name.clone());
    let work = move || {
        let lab = there.lab(&name)?;
        let tried = tried(begun(&there, state.world(), lab)?, lab, &editor.text, brought);
        Ok(workbench::explain(&asked, tried, lab)?)
    };
    app.evaluation.ask(&learner.id, question, work).await
}
