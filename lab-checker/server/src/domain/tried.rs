//! A practice cluster's world as the workbench tries texts in it: a copy, to which what is typed is applied as in the
//! world itself.

use course::{
    Lab,
    workbench::{EditorText, NamedObject, Refusal, World, is_edited, is_own},
};
use manifest::{ObjectId, Source};
use practice_cluster::Rehearsal;
use serde_json::Value;

use super::objects::{for_people, name, text};
use crate::app::{App, clusters::ClusterFailure};

/// A copy of a world.
pub(super) struct Rehearsed(pub(super) Rehearsal);

impl World for Rehearsed {
    fn source(&self) -> Source {
        Source::Cluster
    }

    fn objects(&self) -> Vec<Value> {
        self.0.objects()
    }

    fn apply(&mut self, object: &Value) -> Result<(), Refusal> {
        self.0.apply(object).map_err(|status| {
            let details = status.details.as_ref();
            let cause = details.and_then(|details| details.pointer("/causes/0/field")?.as_str());
            // What is not there is the namespace that the object names.
            let is_namespace = details.is_some_and(|details| text(details, "/kind") == "namespaces");
            let field = cause.or_else(|| is_namespace.then_some("metadata.namespace"));
            Refusal { message: status.to_string(), field: field.map(str::to_owned) }
        })
    }

    fn remove(&mut self, object: &NamedObject) -> bool {
        let removed = self.0.remove(&object.kind, &object.namespace, &object.name);
        removed.unwrap_or_else(|refusal| {
            tracing::debug!(%refusal, "a previewed removal is left out");
            false
        })
    }
}

/// The world, or the one that would begin.
pub(super) fn begun(app: &App, world: Option<Rehearsal>, lab: &Lab) -> Result<Rehearsed, ClusterFailure> {
    Ok(Rehearsed(match world {
        Some(world) => world,
        None => app.clusters.fresh_rehearsal(lab)?,
    }))
}

/// Whether a text is what a world holds of the learner's: it names all of it, and applying it would change nothing.
pub(super) fn is_in_world(mut world: Rehearsal, lab: &Lab, text: &str) -> bool {
    let EditorText { objects, refused, .. } = EditorText::read(text, lab);
    let before = world.objects();
    let names: Vec<ObjectId> = objects.iter().map(|object| ObjectId::of(&object.value)).collect();
    let is_named = |object: &Value| !is_in_editor(lab, object) || names.contains(&ObjectId::of(object));
    if refused.is_some() || !before.iter().all(is_named) {
        return false;
    }
    let is_applied = objects.iter().all(|object| world.apply(&object.value).is_ok());
    let plain = |objects: &[Value]| objects.iter().map(for_people).collect::<Vec<_>>();
    is_applied && plain(&before) == plain(&world.objects())
}

/// Whether the editor of a lab shows this object.
fn is_in_editor(lab: &Lab, object: &Value) -> bool {
    let kind = text(object, "/kind");
    is_edited(kind) && is_own(lab, kind, text(object, "/metadata/namespace"), name(object))
}
