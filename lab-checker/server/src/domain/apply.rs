//! Applying the text of the workbench's editor to the world of a lab, as `kubectl apply` does.

use manifest::{Diagnostic, ObjectId};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::hand_in::SUBMISSION;
use crate::{app::App, problem::Problem, store::Learner};

/// How many objects one text may hold.
const OBJECTS: usize = 100;

/// What came of a text.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Applied {
    /// One for each object; empty when the text itself is wrong.
    pub(crate) results: Vec<AppliedObject>,
    /// What is wrong with the text.
    pub(crate) diagnostics: Vec<TextProblem>,
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

/// One thing that is wrong with a text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TextProblem {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl From<Diagnostic> for TextProblem {
    fn from(diagnostic: Diagnostic) -> Self {
        let Diagnostic { line, column, message, help, .. } = diagnostic;
        Self { line, column, message, help }
    }
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
    if text.len() > SUBMISSION {
        return Err(Problem::invalid(format!("the text is longer than {} KiB", SUBMISSION >> 10)));
    }
    // Parsing is computing, and a text can be made to take long: it waits for its turn like a check.
    let parsed = app.grading.run(move || manifest::parse("editor", &text)).await?;
    if parsed.has_errors() {
        let diagnostics = parsed.diagnostics.into_iter().map(TextProblem::from).collect();
        return Ok(Applied { diagnostics, ..Applied::default() });
    }
    if parsed.objects.len() > OBJECTS {
        return Err(Problem::invalid(format!("the text holds more than {OBJECTS} objects")));
    }
    let objects: Vec<Value> =
        parsed.objects.into_iter().map(|object| in_namespace(object.value, &lab.namespace)).collect();
    let results = app.clusters.apply(learner, lab, &objects).await?;
    let results = objects.iter().zip(results).map(|(object, result)| AppliedObject {
        object: ObjectId::of(object).to_string(),
        applied: result.is_ok(),
        message: result.err(),
    });
    Ok(Applied { results: results.collect(), diagnostics: Vec::new() })
}

/// An object that names no namespace goes where the learner works, as with kubectl and its context.
fn in_namespace(mut object: Value, namespace: &str) -> Value {
    let is_namespaced = ObjectId::of(&object).namespace.is_some();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
        && is_namespaced
    {
        metadata.entry("namespace").or_insert_with(|| json!(namespace));
    }
    object
}
