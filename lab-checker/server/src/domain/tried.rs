//! A lab's world with an editor's text in it: a copy, to which the text is applied as `kubectl apply` does, and from
//! which goes what an earlier text had brought and this one leaves out. While something is wrong with a text nothing
//! goes: half a word may be typed.

use course::Lab;
use manifest::{ObjectId, Position, Source};
use netpol::{Decision, Engine, Lint};
use practice_cluster::{Rehearsal, Status};
use serde_json::Value;

use super::{
    brought,
    editor::{EditorText, TextDiagnostic, TextObject, TextSeverity},
    lab_state::{is_edited, is_own},
    objects::{for_people, name, text},
};
use crate::{
    app::{App, clusters::ObjectName},
    problem::Problem,
};

/// A world with an editor's text in it.
pub(super) struct Tried {
    /// The objects before.
    pub(super) before: Vec<Value>,
    /// The objects after.
    pub(super) after: Vec<Value>,
    /// What of the text could be applied.
    pub(super) text: Vec<TextObject>,
    pub(super) diagnostics: Vec<TextDiagnostic>,
}

/// The world, or the one that would begin.
pub(super) fn begun(app: &App, world: Option<Rehearsal>, lab: &Lab) -> Result<Rehearsal, Problem> {
    Ok(match world {
        Some(world) => world,
        None => app.clusters.fresh_rehearsal(lab)?,
    })
}

/// What becomes of a world when a text is applied to it.
pub(super) fn tried(mut world: Rehearsal, lab: &Lab, text: &str, brought: Vec<ObjectName>) -> Tried {
    let before = world.objects();
    let EditorText { objects, mut diagnostics, refused: why } = EditorText::read(text, lab);
    let left_out = brought::left_out(brought, &objects);
    let all = objects.len();
    let apply = |object: &TextObject| match world.apply(&object.value) {
        Ok(()) => true,
        Err(refusal) => {
            diagnostics.push(refused(object, &refusal));
            false
        }
    };
    let text: Vec<TextObject> = objects.into_iter().filter(apply).collect();
    if why.is_none() && text.len() == all {
        for ObjectName { kind, namespace, name } in left_out {
            if let Err(refusal) = world.remove(&kind, &namespace, &name) {
                tracing::debug!(%refusal, "a previewed removal is left out");
            }
        }
    }
    let after = world.objects();
    diagnostics.extend(linted(&text, &after));
    diagnostics.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
    Tried { before, after, text, diagnostics }
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

/// What the API server says, at the field that it says it about.
fn refused(object: &TextObject, refusal: &Status) -> TextDiagnostic {
    let field = refusal.details.as_ref().and_then(|details| details.pointer("/causes/0/field")?.as_str());
    let at = object.positions.value_at(field.unwrap_or("metadata.name"));
    TextDiagnostic::error(at, refusal.to_string())
}

/// What the lints find in the policies of the text.
fn linted(text: &[TextObject], objects: &[Value]) -> Vec<TextDiagnostic> {
    if !text.iter().any(is_policy) {
        return Vec::new();
    }
    let Ok(snapshot) = manifest::lower(objects, Source::Cluster) else { return Vec::new() };
    let findings = netpol::lint(&Engine::new(snapshot)).into_iter();
    let told = findings.filter_map(|finding| {
        let at = policy(text, &finding.policy)?.positions.key_at(&finding.field);
        let diagnostic = TextDiagnostic::at(at, severity(finding.lint), finding.message);
        Some(TextDiagnostic { help: finding.help, id: Some(finding.lint), ..diagnostic })
    });
    told.collect()
}

const fn severity(lint: Lint) -> TextSeverity {
    match lint.severity() {
        netpol::Severity::Hint => TextSeverity::Hint,
        netpol::Severity::Warning => TextSeverity::Warning,
    }
}

/// Where in a text that stands which decides a flow; nothing when it does not stand there.
pub(super) fn place(text: &[TextObject], decision: &Decision) -> Option<Position> {
    let positions = &policy(text, &decision.policy)?.positions;
    let at = positions.key_at(&decision.field);
    (at.line > 0).then_some(at)
}

/// The policy that the engine calls so. Of two objects of one name the later one counts.
fn policy<'a>(text: &'a [TextObject], name: &str) -> Option<&'a TextObject> {
    text.iter().rev().find(|object| is_policy(object) && policy_name(&object.value) == name)
}

fn is_policy(object: &TextObject) -> bool {
    ObjectId::of(&object.value).kind.ends_with("NetworkPolicy")
}

/// `namespace/name`, or the name alone of what stands in no namespace: as the engine names policies.
fn policy_name(policy: &Value) -> String {
    let id = ObjectId::of(policy);
    id.namespace.map_or_else(|| id.name.clone(), |namespace| format!("{namespace}/{}", id.name))
}
