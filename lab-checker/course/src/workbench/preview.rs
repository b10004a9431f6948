//! What applying a text would do to a lab's world, while it is being typed.

use std::collections::{BTreeMap, BTreeSet};

use manifest::Source;
use netpol::{Decision, FlowText, PictureForm};
use serde::Serialize;
use serde_json::Value;

use super::editor::{TextDiagnostic, TextObject};
use super::object::felt;
use super::tried::{Tried, place};
use crate::check::{Cell, Check, Checker, PictureLinks, changed, picture_of};
use crate::labs::LabCni;

/// What would be.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    /// What there is to say about the text, in its order.
    pub diagnostics: Vec<TextDiagnostic>,
    /// The lab's checks.
    pub checks: Vec<PreviewedCheck>,
    /// Every flow that the lab looks at, as `GET …/map` has it, and whether it is another one than now (`changed`).
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub map: Vec<PreviewedCell>,
    /// The same as SVG with classes and no styles; nothing in a lab that looks at no flows.
    pub picture: Option<String>,
    /// What the lines of the text let through.
    pub opens: Vec<Opening>,
}

/// One of the lab's checks.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewedCheck {
    /// What it is called.
    pub name: String,
    /// Whether it holds.
    pub passed: bool,
}

/// One flow that the lab looks at.
#[derive(Debug, Serialize)]
pub struct PreviewedCell {
    /// The flow, what it must be and what it is.
    #[serde(flatten)]
    pub cell: Cell,
    /// Whether the text changes what becomes of it.
    pub changed: bool,
}

/// What a line of a text lets through.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Opening {
    /// The line of the peer, the port, or the rule, from 1.
    pub line: usize,
    /// The flows.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub flows: Vec<FlowText>,
}

/// What of a world is looked at: its checks, and each flow with what decides it.
type Seen = (Vec<PreviewedCheck>, Vec<(Cell, Vec<Decision>)>);

/// What is to be said of a world with a text in it.
pub fn previewed(checker: &Checker, mut tried: Tried, open: &[String], links: PictureLinks<'_>) -> Preview {
    let before = cells(checker, std::mem::take(&mut tried.before), tried.source);
    previewed_since(checker, &before, tried, open, links)
}

/// Every flow that the lab looks at in a world.
pub(super) fn cells(checker: &Checker, world: Vec<Value>, source: Source) -> Vec<Cell> {
    checker.cells(&felt(world, checker.lab().cni), source)
}

/// The same where it is known how the flows are before.
pub(super) fn previewed_since(
    checker: &Checker,
    before: &[Cell],
    tried: Tried,
    open: &[String],
    links: PictureLinks<'_>,
) -> Preview {
    shown(checker, before, tried, open, links, looked_at)
}

/// The same without the checks of anything beyond the flows that the lab names: those compare with its solution.
pub(super) fn previewed_flows(
    checker: &Checker,
    before: &[Cell],
    tried: Tried,
    open: &[String],
    links: PictureLinks<'_>,
) -> Preview {
    shown(checker, before, tried, open, links, flows_looked_at)
}

fn shown(
    checker: &Checker,
    before: &[Cell],
    tried: Tried,
    open: &[String],
    links: PictureLinks<'_>,
    look: fn(&Checker, Vec<Value>, Source) -> Seen,
) -> Preview {
    let Tried { source, after, text, diagnostics, .. } = tried;
    let (checks, seen) = look(checker, after, source);
    let (after, decisions): (Vec<Cell>, Vec<Vec<Decision>>) = seen.into_iter().unzip();
    let changed = changed(&after, before);
    let picture = (!after.is_empty()).then(|| {
        let picture = picture_of(&checker.lab().title, &after, Some(before), links);
        netpol::draw(&picture, PictureForm::Page, open)
    });
    let opens = opens(&text, &after, &decisions);
    let map = after.into_iter().zip(changed).map(|(cell, changed)| PreviewedCell { cell, changed }).collect();
    Preview { diagnostics, checks, map, picture, opens }
}

/// The checks and the flows of a world, from one look where the network obeys policies.
fn looked_at(checker: &Checker, world: Vec<Value>, source: Source) -> Seen {
    let cni = checker.lab().cni;
    let (checks, seen) = if cni == LabCni::None {
        let checks = checker.checks(&world, source);
        (checks, checker.cells_with_decisions(&felt(world, cni), source))
    } else {
        checker.checks_with_decisions(&world, source)
    };
    (each_once(checks), seen)
}

/// The same of the flows that the lab names.
fn flows_looked_at(checker: &Checker, world: Vec<Value>, source: Source) -> Seen {
    let cni = checker.lab().cni;
    let (checks, seen) = checker.flow_checks_with_decisions(&world, source);
    if cni == LabCni::None {
        return (each_once(checks), checker.cells_with_decisions(&felt(world, cni), source));
    }
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
