//! What applying a text would do to a lab's world, while it is being typed: nothing of it is stored.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use course::{Cell, Check, Checker, LabCni, PictureLinks, picture_of};
use manifest::Source;
use netpol::{Decision, FlowText, PictureForm};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{
    brought,
    editor::{TextDiagnostic, TextObject, check_length},
    lab_state::{LabState, felt},
    links,
    tried::{Tried, begun, place, tried},
};
use crate::{app::App, problem::Problem, store::Learner};

/// How many names of unfolded groups are read.
const MOST_OPEN: usize = 100;

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

impl Editor {
    /// A question about this text, as no other text asks it.
    pub(super) fn asked(&self, what: &str) -> String {
        let mut hash = Sha256::new();
        for part in [std::slice::from_ref(&self.text), &self.brought, &self.open] {
            hash.update(part.len().to_le_bytes());
            for text in part {
                hash.update(text.len().to_le_bytes());
                hash.update(text);
            }
        }
        format!("{what} {}", URL_SAFE_NO_PAD.encode(hash.finalize()))
    }
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
    /// The same as SVG with classes and no styles; nothing in a lab that looks at no flows.
    pub(crate) picture: Option<String>,
    /// What the lines of the text let through.
    pub(crate) opens: Vec<Opening>,
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

/// What a line of a text lets through.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Opening {
    /// The line of the peer, the port, or the rule, from 1.
    pub(crate) line: usize,
    #[schema(value_type = Vec<Object>)]
    pub(crate) flows: Vec<FlowText>,
}

/// Preview an editor's text in the lab's world; in the lab's start while the learner has not begun it.
pub(crate) async fn preview(app: &App, learner: &Learner, lab: &str, editor: Editor) -> Result<Arc<Preview>, Problem> {
    let lab = app.lab(lab)?;
    app.limits.previews.take(learner.id.clone())?;
    check_length(&editor.text)?;
    if editor.open.len() > MOST_OPEN {
        return Err(Problem::invalid(format!("`open` names more than {MOST_OPEN} groups")));
    }
    let brought = brought::read(&editor.brought, lab)?;
    let state = LabState::of(app, learner, lab).await?;
    let question = state.question(editor.asked("preview"));
    let (there, name) = (app.clone(), lab.name.clone());
    let work = move || {
        let world = state.world();
        let checker = there.checker(&name)?;
        let tried = tried(begun(&there, world, checker.lab())?, checker.lab(), &editor.text, brought);
        let flow = |flow: &FlowText| Some(links::why(&name, flow));
        let group = |group: &str| Some(links::opened(&name, &editor.open, group));
        Ok(previewed(checker, tried, &editor.open, PictureLinks { flow: &flow, group: &group }))
    };
    app.evaluation.preview((learner.id.clone(), lab.name.clone()), question, work).await
}

/// What is to be said of a world with a text in it.
pub(super) fn previewed(checker: &Checker, tried: Tried, open: &[String], links: PictureLinks<'_>) -> Preview {
    let Tried { before, after, text, diagnostics } = tried;
    let lab = checker.lab();
    let before = checker.cells(&felt(before, lab.cni), Source::Cluster);
    let (checks, seen) = looked_at(checker, after);
    let (after, decisions): (Vec<Cell>, Vec<Vec<Decision>>) = seen.into_iter().unzip();
    let changed = course::changed(&after, &before);
    let picture = (!after.is_empty()).then(|| {
        let picture = picture_of(&lab.title, &after, Some(&before), links);
        netpol::draw(&picture, PictureForm::Page, open)
    });
    let opens = opens(&text, &after, &decisions);
    let map = after.into_iter().zip(changed).map(|(cell, changed)| PreviewedCell { cell, changed }).collect();
    Preview { diagnostics, checks, map, picture, opens }
}

/// The checks and the flows of a world, from one look where the network obeys policies.
fn looked_at(checker: &Checker, world: Vec<Value>) -> (Vec<PreviewedCheck>, Vec<(Cell, Vec<Decision>)>) {
    let cni = checker.lab().cni;
    let (checks, seen) = if cni == LabCni::None {
        let checks = checker.checks(&world, Source::Cluster);
        (checks, checker.cells_with_decisions(&felt(world, cni), Source::Cluster))
    } else {
        checker.checks_with_decisions(&world, Source::Cluster)
    };
    (each_once(checks), seen)
}

/// Each check once: it holds when it holds in every flow that it is about.
fn each_once(all: Vec<Check>) -> Vec<PreviewedCheck> {
    let mut named = BTreeSet::new();
    let mut checks: Vec<PreviewedCheck> = Vec::new();
    for check in all {
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

/// The flows of each line, as far as they get through by what stands there.
fn opens(text: &[TextObject], cells: &[Cell], decisions: &[Vec<Decision>]) -> Vec<Opening> {
    let mut lines: BTreeMap<usize, Vec<FlowText>> = BTreeMap::new();
    for (cell, decisions) in cells.iter().zip(decisions) {
        let at: BTreeSet<usize> =
            decisions.iter().filter_map(|decision| place(text, decision)).map(|at| at.line).collect();
        for line in at {
            lines.entry(line).or_default().push(cell.flow.clone());
        }
    }
    lines.into_iter().map(|(line, flows)| Opening { line, flows }).collect()
}
