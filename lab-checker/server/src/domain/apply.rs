//! Applying the text of the workbench's editor to the world of a lab, as `kubectl apply` does.

use manifest::ObjectId;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::editor::{EditorText, Refused, TOO_MANY, TextDiagnostic, check_length};
use crate::{app::App, problem::Problem, store::Learner};

/// What came of a text.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Applied {
    /// One for each object; empty when the text itself is wrong.
    pub(crate) results: Vec<AppliedObject>,
    /// What is wrong with the text.
    pub(crate) diagnostics: Vec<TextDiagnostic>,
}

/// What came of one object.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppliedObject {
    /// `NetworkPolicy shop/deny`.
    pub(crate) object: String,
    pub(crate) applied: bool,
    /// Why not, in the cluster's words.
    pub(crate) message: Option<String>,
}

impl Applied {
    /// Whether everything went well.
    pub(crate) fn is_good(&self) -> bool {
        self.diagnostics.is_empty() && self.results.iter().all(|result| result.applied)
    }
}

/// Apply a text in the lab's namespace.
pub(crate) async fn text(app: &App, learner: &Learner, lab: &str, text: String) -> Result<Applied, Problem> {
    let lab = app.lab(lab)?;
    app.limits.actions.take(learner.id.clone())?;
    check_length(&text)?;
    // Parsing is computing, and a text can be made to take long: it waits for its turn like a check.
    let (there, name) = (app.clone(), lab.name.clone());
    let read = app.grading.run(move || Ok::<_, Problem>(EditorText::read(&text, there.lab(&name)?))).await??;
    match read.refused {
        Some(Refused::Wrong) => return Ok(Applied { diagnostics: read.diagnostics, ..Applied::default() }),
        Some(Refused::TooMany) => return Err(Problem::invalid(TOO_MANY)),
        None => {}
    }
    let objects: Vec<Value> = read.objects.into_iter().map(|object| object.value).collect();
    let results = app.clusters.apply(learner, lab, &objects).await?;
    let results = objects.iter().zip(results).map(|(object, result)| AppliedObject {
        object: ObjectId::of(object).to_string(),
        applied: result.is_ok(),
        message: result.err(),
    });
    Ok(Applied { results: results.collect(), diagnostics: Vec::new() })
}
