//! Applying the text of the workbench's editor to the world of a lab, as `kubectl apply` does.

use manifest::ObjectId;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    brought,
    editor::{EditorText, Refused, TOO_MANY, TextDiagnostic, check_length},
    own_words,
};
use crate::{
    app::{App, clusters::ObjectName},
    problem::Problem,
    store::Learner,
};

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
    /// `NetworkPolicy/shop/deny`, as `brought` names it.
    pub(crate) id: String,
    /// `NetworkPolicy shop/deny`.
    pub(crate) object: String,
    pub(crate) applied: bool,
    /// Whether it went, because the text leaves it out.
    pub(crate) removed: bool,
    /// Why not, in the cluster's words.
    pub(crate) message: Option<String>,
}

impl AppliedObject {
    fn new(id: &ObjectId, result: Result<Value, String>) -> Self {
        Self {
            id: format!("{}/{}/{}", id.kind, id.namespace.as_deref().unwrap_or_default(), id.name),
            object: id.to_string(),
            applied: result.is_ok(),
            removed: false,
            message: result.err(),
        }
    }

    fn removed(object: ObjectName) -> Self {
        let ObjectName { kind, namespace, name } = object;
        let place = if namespace.is_empty() { name.clone() } else { format!("{namespace}/{name}") };
        let object = format!("{kind} {place}");
        Self { id: format!("{kind}/{namespace}/{name}"), object, applied: true, removed: true, message: None }
    }
}

impl Applied {
    /// Whether everything went well.
    pub(crate) fn is_good(&self) -> bool {
        self.diagnostics.is_empty() && self.results.iter().all(|result| result.applied)
    }
}

/// Apply a text in the lab's namespace, and remove what earlier texts of its editor had brought and it leaves out.
pub(crate) async fn text(
    app: &App,
    learner: &Learner,
    lab: &str,
    text: String,
    brought: &[String],
) -> Result<Applied, Problem> {
    let lab = app.lab(lab)?;
    app.limits.actions.take(learner.id.clone())?;
    check_length(&text)?;
    let brought = brought::read(brought, lab)?;
    // Parsing is computing, and a text can be made to take long: it waits for its turn like a check.
    let (there, name, written) = (app.clone(), lab.name.clone(), text.clone());
    let work = move || Ok::<_, Problem>(EditorText::read(&written, there.lab(&name)?));
    let read = app.evaluation.run(&learner.id, work).await??;
    match read.refused {
        Some(Refused::Wrong) => return Ok(Applied { diagnostics: read.diagnostics, ..Applied::default() }),
        Some(Refused::TooMany) => return Err(Problem::invalid(TOO_MANY)),
        None => {}
    }
    let left_out = brought::left_out(brought, &read.objects);
    let objects: Vec<Value> = read.objects.into_iter().map(|object| object.value).collect();
    let results = app.clusters.apply(learner, lab, &objects).await?;
    let results = objects.iter().zip(results).map(|(object, result)| AppliedObject::new(&ObjectId::of(object), result));
    let mut applied = Applied { results: results.collect(), diagnostics: Vec::new() };
    // What is wrong with a text is mended first: half of it must not cost what was there.
    if applied.is_good() {
        for object in left_out {
            // Somebody else may have removed it meanwhile.
            if app.clusters.delete(learner, lab, &object).await.is_ok() {
                applied.results.push(AppliedObject::removed(object));
            }
        }
        // What is applied is applied, whether its words can be kept or not.
        if let Err(problem) = own_words::applied(app, learner, lab, &text).await {
            tracing::warn!(detail = problem.detail(), "the words of an applied text are not kept");
        }
    }
    Ok(applied)
}
