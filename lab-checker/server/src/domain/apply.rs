//! Applying the text of the workbench's editor to the world of a lab, as `kubectl apply` does.

use course::workbench::{Applied, AppliedObject, EditorText, Refused, TOO_MANY, left_out, read_brought};
use manifest::ObjectId;
use serde_json::Value;

use super::{editor::check_length, own_words};
use crate::{app::App, problem::Problem, store::Learner};

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
    let brought = read_brought(brought, lab)?;
    // Parsing is computing, and a text can be made to take long: it waits for its turn like a check.
    let (there, name, written) = (app.clone(), lab.name.clone(), text.clone());
    let work = move || Ok::<_, Problem>(EditorText::read(&written, there.lab(&name)?));
    let read = app.evaluation.run(&learner.id, work).await??;
    match read.refused {
        Some(Refused::Wrong) => return Ok(Applied { diagnostics: read.diagnostics, ..Applied::default() }),
        Some(Refused::TooMany) => return Err(Problem::invalid(TOO_MANY)),
        None => {}
    }
    let left_out = left_out(brought, &read.objects);
    let objects: Vec<Value> = read.objects.into_iter().map(|object| object.value).collect();
    let results = app.clusters.apply(learner, lab, &objects).await?;
    let results =
        objects.iter().zip(results).map(|(object, result)| AppliedObject::new(&ObjectId::of(object), result.err()));
    let mut applied = Applied { results: results.collect(), diagnostics: Vec::new() };
    // What is wrong with a text is mended first: half of it must not cost what was there.
    if applied.is_good() {
        for object in left_out {
            // Somebody else may have removed it meanwhile.
            if app.clusters.delete(learner, lab, &object).await.is_ok() {
                applied.results.push(AppliedObject::removed(&object));
            }
        }
        // What is applied is applied, whether its words can be kept or not.
        if let Err(problem) = own_words::applied(app, learner, lab, &text).await {
            tracing::warn!(detail = problem.detail(), "the words of an applied text are not kept");
        }
    }
    Ok(applied)
}
