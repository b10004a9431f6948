//! What is the learner's own in the world of a lab, and what stands in the editor.

use std::sync::Arc;

use course::{
    Lab,
    workbench::{Applied, is_edited, start_text},
};
use serde_json::Value;

use crate::{
    app::App,
    domain::{lab_state::LabState, objects, own_words},
    problem::Problem,
    store::Learner,
};

/// What stands in the editor by the learner's hand, and what applying it said if that was done.
#[derive(Default)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) applied: Option<Applied>,
}

impl Written {
    pub(super) fn of(text: String) -> Self {
        Self { text, applied: None }
    }
}

/// The editor as the page opens.
pub(super) struct Editing {
    pub(super) text: String,
    /// What it shows of the cluster when there is no draft.
    pub(super) in_cluster: String,
    /// What it shows when nothing was applied yet.
    pub(super) start_text: String,
    /// The objects that its text has brought, with spaces between.
    pub(super) brought: String,
    /// Whether a text is put aside.
    pub(super) has_aside: bool,
    pub(super) applied: Option<Applied>,
    pub(super) own: Arc<Vec<OwnObject>>,
}

/// An object of the learner's.
pub(super) struct OwnObject {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) id: String,
    pub(super) yaml: String,
}

/// The editor of a lab in this state, with what was written in it just now.
pub(super) async fn editing(
    app: &App,
    learner: &Learner,
    lab: &Lab,
    state: &LabState,
    written: Option<Written>,
) -> Result<Editing, Problem> {
    // Everything in the world that is the learner's to change.
    let own = match state.has_begun() {
        true => state.clone().of_own_objects(app, "own objects", own_object).await?,
        false => Arc::default(),
    };
    let words = own_words::of(app, learner, lab).await?;
    let text = written.as_ref().map(|written| written.text.clone());
    let applied = written.and_then(|written| written.applied);
    // What has just been applied is in the cluster, in the learner's own words.
    let in_words = text.clone().filter(|_| applied.as_ref().is_some_and(Applied::is_good));
    let in_cluster = in_words.or(words.in_world).unwrap_or_else(|| editor_text(lab, &own));
    Ok(Editing {
        text: text.unwrap_or_else(|| in_cluster.clone()),
        in_cluster,
        start_text: editor_text(lab, &[]),
        brought: editable(&own).map(|object| object.id.as_str()).collect::<Vec<_>>().join(" "),
        has_aside: words.aside.is_some(),
        applied,
        own,
    })
}

fn own_object(object: &Value) -> OwnObject {
    let (kind, namespace) = (objects::text(object, "/kind"), objects::text(object, "/metadata/namespace"));
    let name = objects::name(object);
    OwnObject {
        kind: kind.to_owned(),
        name: if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") },
        id: format!("{kind}/{namespace}/{name}"),
        yaml: manifest::to_yaml(&objects::for_people(object)),
    }
}

/// Those that the editor shows.
fn editable(own: &[OwnObject]) -> impl Iterator<Item = &OwnObject> {
    own.iter().filter(|object| is_edited(&object.kind))
}

/// What the editor begins with: what the learner has, or the beginning of it.
fn editor_text(lab: &Lab, own: &[OwnObject]) -> String {
    let texts: Vec<&str> = editable(own).map(|object| object.yaml.as_str()).collect();
    if texts.is_empty() { start_text(lab) } else { texts.join("---\n") }
}
