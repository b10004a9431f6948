//! Why a flow gets through or not with an editor's text in the world, and where in the text that stands.

use netpol::{Decision, Explanation};
use serde_json::{Value, json};

use super::asked::Asked;
use super::editor::TextObject;
use super::object::felt;
use super::tried::{Tried, place};
use super::unanswerable::Unanswerable;
use crate::labs::Lab;

/// The explanation, and beside each `decided_by` that stands in the text its `line`, `column` and `end_column`.
///
/// # Errors
/// When nothing of the kind can be asked there.
pub fn explain(asked: &Asked, tried: Tried, lab: &Lab) -> Result<Value, Unanswerable> {
    let explanation = asked.explain(&felt(tried.after, lab.cni), tried.source)?;
    let told = serde_json::to_value(&explanation);
    let mut told = told.map_err(|error| Unanswerable::Invalid(error.to_string()))?;
    locate(&mut told, &explanation, &tried.text);
    Ok(told)
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
