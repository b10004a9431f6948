//! Why a flow gets through or not with an editor's text in the world, and where in the text that stands.

use std::sync::Arc;

use manifest::Source;
use netpol::{Decision, Explanation};
use serde_json::{Value, json};

use super::{
    brought,
    editor::{TextObject, check_length},
    explanation::Asked,
    lab_state::{LabState, felt},
    preview::Editor,
    tried::{begun, place, tried},
};
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
    let brought = brought::read(&editor.brought, lab)?;
    let state = LabState::of(app, learner, lab).await?;
    let Asked { from, to, port } = &asked;
    let question = state.question(editor.asked(&format!("why {from:?} {to:?} {port:?}")));
    let (there, name) = (app.clone(), lab.name.clone());
    let work = move || {
        let lab = there.lab(&name)?;
        let tried = tried(begun(&there, state.world(), lab)?, lab, &editor.text, brought);
        let explanation = asked.explain(&felt(tried.after, lab.cni), Source::Cluster)?;
        let mut told = serde_json::to_value(&explanation).map_err(|_| Problem::failed())?;
        locate(&mut told, &explanation, &tried.text);
        Ok(told)
    };
    app.evaluation.ask(&learner.id, question, work).await
}

fn locate(told: &mut Value, explanation: &Explanation, text: &[TextObject]) {
    locate_decisions(&mut told["decided_by"], &explanation.decided_by, text);
    if let Some(backends) = told["backends"].as_array_mut() {
        for (told, backend) in backends.iter_mut().zip(&explanation.backends) {
            locate(told, backend, text);
        }
    }
}

fn locate_decisions(told: &mut Value, decisions: &[Decision], text: &[TextObject]) {
    let told = told.as_array_mut().into_iter().flatten();
    for (told, decision) in told.zip(decisions) {
        if let (Some(at), Some(told)) = (place(text, decision), told.as_object_mut()) {
            told.insert("line".to_owned(), json!(at.line));
            told.insert("column".to_owned(), json!(at.column));
            told.insert("end_column".to_owned(), json!(at.column + at.length.max(1)));
        }
    }
}
