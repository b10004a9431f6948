//! What clusters began with, as text.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::store::canonical;
use crate::store::state::{Key, State};

/// A baseline as text, to be kept beside the clusters that began with it: parts of it are random, and another
/// version of this program would make another one.
pub(super) fn to_text(state: &State) -> String {
    let objects: Vec<&Value> = state.all().map(|(_, object)| object.as_ref()).collect();
    json!({"revision": state.revision(), "objects": objects}).to_string()
}

/// The baseline that [`to_text`] wrote.
pub(super) fn from_text(text: &str) -> Result<State, serde_json::Error> {
    let stored: Value = serde_json::from_str(text)?;
    let mut state = State::default();
    for object in stored["objects"].as_array().into_iter().flatten() {
        if let Some(key) = Key::of(object) {
            state.put(key, Arc::new(canonical::ordered(object.clone())));
        }
    }
    state.set_revision(stored["revision"].as_u64().unwrap_or_default());
    Ok(state)
}
