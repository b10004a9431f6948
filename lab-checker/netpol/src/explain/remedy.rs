//! What would have to be different for a blocked flow to be allowed.

use strsim::levenshtein;

use crate::model::phrases::{all_of, any_of, label};
use crate::model::{Labels, Requirement};

/// Something that would have to be different, and how far away that is.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Remedy {
    /// Small for what looks like a slip, large for what is another intention.
    pub(crate) cost: usize,
    /// Completes "it would be allowed if …".
    pub(crate) text: String,
}

impl Remedy {
    pub(crate) fn new(cost: usize, text: String) -> Self {
        Self { cost, text }
    }
}

/// Who would have to be different, in front of what.
pub(crate) fn with_subject(who: String, remedies: &[Remedy]) -> Option<Remedy> {
    if remedies.is_empty() {
        return None;
    }
    let remedy = joined(remedies);
    Some(Remedy::new(remedy.cost, format!("{who} {}", remedy.text)))
}

pub(crate) fn joined(remedies: &[Remedy]) -> Remedy {
    let texts: Vec<&str> = remedies.iter().map(|remedy| remedy.text.as_str()).collect();
    // Two changes at once are further away than the sum of both.
    let cost = remedies.iter().map(|remedy| remedy.cost).sum::<usize>() + 2 * remedies.len().saturating_sub(1);
    Remedy::new(cost, all_of(&texts))
}

/// What labels an object would need, beside what it has. A value that is a letter or two away looks
/// like a slip, and so does a value that differs only in case.
pub(crate) fn label_remedy(requirement: &Requirement, labels: &Labels) -> Remedy {
    let key = requirement.key();
    let has = match labels.get(key) {
        Some(value) => format!("it has {}", label(key, value)),
        None => format!("it has no label {key}"),
    };
    match requirement {
        Requirement::In { values, .. } => {
            let slip = labels.get(key).is_some_and(|value| values.iter().any(|wanted| looks_like(value, wanted)));
            let key_slip = labels.iter().find(|(other, value)| looks_like(other, key) && values.contains(value));
            let wanted: Vec<String> = values.iter().map(|value| label(key, value)).collect();
            let has = key_slip.map_or(has, |(other, value)| format!("it has {}", label(other, value)));
            let cost = if slip || key_slip.is_some() { 1 } else { 3 };
            Remedy::new(cost, format!("had the label {} ({has})", any_of(&wanted)))
        }
        Requirement::NotIn { values, .. } => {
            let wanted: Vec<String> = values.iter().map(|value| label(key, value)).collect();
            Remedy::new(3, format!("did not have the label {}", any_of(&wanted)))
        }
        Requirement::Exists { .. } => Remedy::new(3, format!("had a label {key}")),
        Requirement::DoesNotExist { .. } => Remedy::new(3, format!("did not have the label {key} ({has})")),
    }
}

/// Whether two texts are the same but for a slip of the finger.
fn looks_like(one: &str, other: &str) -> bool {
    let letters = levenshtein(&one.to_ascii_lowercase(), &other.to_ascii_lowercase());
    letters <= 2 && letters * 3 <= other.len().max(one.len())
}
