//! What applying a text would do to a lab's world, while it is being typed: nothing of it is stored.
//!
//! The world is copied, the text is applied to the copy as `kubectl apply` does, and what an earlier text had brought
//! and this one leaves out goes. While something is wrong with a text nothing goes: half a word may be typed.

use std::collections::BTreeSet;

use course::{Cell, Checker, Lab, LabCni};
use manifest::{ObjectId, Source};
use netpol::{Engine, Lint};
use practice_cluster::{Rehearsal, Status};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    brought,
    editor::{EditorText, TextDiagnostic, TextObject, TextSeverity, check_length},
    lab_state::felt,
};
use crate::{
    app::{App, clusters::ObjectName},
    problem::Problem,
    store::Learner,
};

/// What an editor holds.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct Editor {
    /// YAML or JSON, as for `kubectl apply -f`.
    pub(crate) text: String,
    /// What earlier texts of this editor have brought, as `KIND/NAMESPACE/NAME`: what the text leaves out, goes.
    #[serde(default)]
    pub(crate) brought: Vec<String>,
    /// The groups of the picture that are unfolded.
    #[serde(default)]
    pub(crate) open: Vec<String>,
}

/// What would be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Preview {
    /// What there is to say about the text, in its order.
    pub(crate) diagnostics: Vec<TextDiagnostic>,
    /// The lab's checks.
    pub(crate) checks: Vec<PreviewedCheck>,
    /// Every flow that the lab looks at, as `GET …/map` has it, and whether it is another one than now (`changed`).
    #[schema(value_type = Vec<Object>)]
    pub(crate) map: Vec<PreviewedCell>,
}

/// One of the lab's checks.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct PreviewedCheck {
    pub(crate) name: String,
    pub(crate) passed: bool,
}

/// One flow that the lab looks at.
#[derive(Debug, Serialize)]
pub(crate) struct PreviewedCell {
    #[serde(flatten)]
    pub(crate) cell: Cell,
    /// Whether the text changes what becomes of it.
    pub(crate) changed: bool,
}

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

/// Preview an editor's text in the lab's world; in the lab's start while the learner has not begun it.
pub(crate) async fn preview(app: &App, learner: &Learner, lab: &str, editor: Editor) -> Result<Preview, Problem> {
    let lab = app.lab(lab)?;
    app.limits.previews.take(learner.id.clone())?;
    check_length(&editor.text)?;
    let brought = brought::read(&editor.brought, lab)?;
    let world = app.clusters.rehearsal(learner, lab).await?;
    let (there, name) = (app.clone(), lab.name.clone());
    let work = move || {
        let checker = there.checker(&name)?;
        let tried = tried(begun(&there, world, checker.lab())?, checker.lab(), &editor.text, brought);
        Ok(previewed(checker, tried))
    };
    app.previews.run(&app.grading, (learner.id.clone(), lab.name.clone()), work).await?
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
    if why.is_none() {
        for ObjectName { kind, namespace, name } in brought::left_out(brought, &objects) {
            if let Err(refusal) = world.remove(&kind, &namespace, &name) {
                tracing::debug!(%refusal, "a previewed removal is left out");
            }
        }
    }
    let apply = |object: &TextObject| match world.apply(&object.value) {
        Ok(()) => true,
        Err(refusal) => {
            diagnostics.push(refused(object, &refusal));
            false
        }
    };
    let text: Vec<TextObject> = objects.into_iter().filter(apply).collect();
    let after = world.objects();
    diagnostics.extend(linted(&text, &after));
    diagnostics.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
    Tried { before, after, text, diagnostics }
}

/// What the API server says, at the field that it says it about.
fn refused(object: &TextObject, refusal: &Status) -> TextDiagnostic {
    let field = refusal.details.as_ref().and_then(|details| details.pointer("/causes/0/field")?.as_str());
    let at = object.positions.value_at(field.unwrap_or("metadata.name"));
    TextDiagnostic::error(at, refusal.to_string())
}

/// What the lints find in the policies of the text.
fn linted(text: &[TextObject], objects: &[Value]) -> Vec<TextDiagnostic> {
    let is_policy = |object: &&TextObject| ObjectId::of(&object.value).kind.ends_with("NetworkPolicy");
    let policies: Vec<(String, &TextObject)> =
        text.iter().filter(is_policy).map(|object| (policy_name(&object.value), object)).collect();
    if policies.is_empty() {
        return Vec::new();
    }
    let Ok(snapshot) = manifest::lower(objects, Source::Cluster) else { return Vec::new() };
    let findings = netpol::lint(&Engine::new(snapshot)).into_iter();
    let told = findings.filter_map(|finding| {
        // Of two objects of one name the later one counts.
        let (_, object) = policies.iter().rev().find(|(name, _)| *name == finding.policy)?;
        let at = object.positions.key_at(&finding.field);
        let diagnostic = TextDiagnostic::at(at, severity(finding.lint), finding.message);
        Some(TextDiagnostic { help: finding.help, id: Some(finding.lint), ..diagnostic })
    });
    told.collect()
}

/// `namespace/name`, or the name alone of what stands in no namespace: as the engine names policies.
pub(super) fn policy_name(policy: &Value) -> String {
    let id = ObjectId::of(policy);
    id.namespace.map_or_else(|| id.name.clone(), |namespace| format!("{namespace}/{}", id.name))
}

/// Whether a policy probably fails to do what it says, or could only say it better.
const fn severity(lint: Lint) -> TextSeverity {
    match lint {
        Lint::RedundantRule | Lint::DnsForgotten | Lint::BlockCoversPods => TextSeverity::Hint,
        _ => TextSeverity::Warning,
    }
}

fn previewed(checker: &Checker, tried: Tried) -> Preview {
    let Tried { before, after, diagnostics, .. } = tried;
    let checks = previewed_checks(checker, &after);
    let cni = checker.lab().cni;
    Preview { diagnostics, checks, map: map(checker, cni, before, after) }
}

/// Each check once: it holds when it holds in every flow that it is about.
fn previewed_checks(checker: &Checker, objects: &[Value]) -> Vec<PreviewedCheck> {
    let mut named = BTreeSet::new();
    let mut checks: Vec<PreviewedCheck> = Vec::new();
    for check in checker.checks(objects, Source::Cluster) {
        if named.insert(check.name.clone()) {
            checks.push(PreviewedCheck { name: check.name, passed: check.passed });
        } else if !check.passed
            && let Some(known) = checks.iter_mut().find(|known| known.name == check.name)
        {
            known.passed = false;
        }
    }
    checks
}

fn map(checker: &Checker, cni: LabCni, before: Vec<Value>, after: Vec<Value>) -> Vec<PreviewedCell> {
    let cells = |objects: Vec<Value>| checker.cells(&felt(objects, cni), Source::Cluster);
    let (before, after) = (cells(before), cells(after));
    let was = before.into_iter().map(|cell| cell.actual);
    after.into_iter().zip(was).map(|(cell, was)| PreviewedCell { changed: cell.actual != was, cell }).collect()
}
