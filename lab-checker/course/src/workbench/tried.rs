//! A lab's world with an editor's text in it: a copy, to which the text is applied as `kubectl apply` does, and from
//! which goes what an earlier text had brought and this one leaves out. While something is wrong with a text nothing
//! goes: half a word may be typed.

use manifest::{ObjectId, Position, Source};
use netpol::{Decision, Engine, Lint};
use serde_json::Value;

use super::brought::left_out;
use super::editor::{EditorText, TextDiagnostic, TextObject, TextSeverity};
use super::object::NamedObject;
use super::world::{Refusal, World};
use crate::labs::Lab;
use crate::snapshot;

/// A world with an editor's text in it.
#[derive(Debug)]
pub struct Tried {
    /// What the objects are.
    pub source: Source,
    /// The objects before.
    pub before: Vec<Value>,
    /// The objects after.
    pub after: Vec<Value>,
    /// What of the text could be applied.
    pub text: Vec<TextObject>,
    /// What there is to say about the text.
    pub diagnostics: Vec<TextDiagnostic>,
}

/// What becomes of a world when a text is applied to it.
pub fn tried(mut world: impl World, lab: &Lab, text: &str, brought: Vec<NamedObject>) -> Tried {
    let (source, before) = (world.source(), world.objects());
    let EditorText { objects, mut diagnostics, refused: why } = EditorText::read(text, lab);
    let left_out = left_out(brought, &objects);
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
        for object in &left_out {
            world.remove(object);
        }
    }
    let after = world.objects();
    diagnostics.extend(linted(&text, &after, source));
    diagnostics.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
    Tried { source, before, after, text, diagnostics }
}

/// What the API server says, at the field that it says it about.
fn refused(object: &TextObject, refusal: &Refusal) -> TextDiagnostic {
    let at = object.positions.value_at(refusal.field.as_deref().unwrap_or("metadata.name"));
    TextDiagnostic::error(at, refusal.message.clone())
}

/// What the lints find in the policies of the text.
fn linted(text: &[TextObject], objects: &[Value], source: Source) -> Vec<TextDiagnostic> {
    if !text.iter().any(is_policy) {
        return Vec::new();
    }
    let Ok(snapshot) = lowered(objects, source) else { return Vec::new() };
    let findings = netpol::lint(&Engine::new(snapshot)).into_iter();
    let told = findings.filter_map(|finding| {
        let at = policy(text, &finding.policy)?.positions.key_at(&finding.field);
        let diagnostic = TextDiagnostic::at(at, severity(finding.lint), finding.message);
        Some(TextDiagnostic { help: finding.help, id: Some(finding.lint), ..diagnostic })
    });
    told.collect()
}

/// A snapshot of these objects; files come on top of what a fresh cluster holds.
pub(super) fn lowered(objects: &[Value], source: Source) -> Result<netpol::Snapshot, manifest::LowerError> {
    match source {
        Source::Cluster => manifest::lower(objects, source),
        Source::Files => manifest::lower_each(snapshot::baseline().iter().chain(objects).collect::<Vec<_>>(), source),
    }
}

const fn severity(lint: Lint) -> TextSeverity {
    match lint.severity() {
        netpol::Severity::Hint => TextSeverity::Hint,
        netpol::Severity::Warning => TextSeverity::Warning,
    }
}

/// Where in a text that stands which decides a flow; nothing when it does not stand there.
#[must_use]
pub fn place(text: &[TextObject], decision: &Decision) -> Option<Position> {
    let positions = &policy(text, &decision.policy)?.positions;
    let at = positions.key_at(&decision.field);
    (at.line > 0).then_some(at)
}

/// The policy that the engine calls so. Of two objects of one name the later one counts.
fn policy<'a>(text: &'a [TextObject], name: &str) -> Option<&'a TextObject> {
    text.iter().rev().find(|object| is_policy(object) && is_called(&object.id, name))
}

fn is_policy(object: &TextObject) -> bool {
    object.id.kind.ends_with("NetworkPolicy")
}

/// `namespace/name`, or the name alone of what stands in no namespace: as the engine names policies.
fn is_called(id: &ObjectId, name: &str) -> bool {
    match (&id.namespace, name.split_once('/')) {
        (Some(namespace), Some((before, after))) => namespace == before && id.name == after,
        (None, None) => id.name == name,
        _ => false,
    }
}
