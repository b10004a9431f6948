//! What is shown of a world with a text in it: the lab's checks, its flows, and their picture.

use std::collections::BTreeSet;

use manifest::Source;
use netpol::{Decision, PictureForm};
use serde_json::Value;

use super::editor::{TextDiagnostic, TextObject};
use super::object::felt;
use super::preview::{Preview, PreviewedCell, PreviewedCheck, opens};
use super::tried::Tried;
use crate::check::{Cell, Check, Checker, PictureLinks, changed, picture_of};
use crate::labs::LabCni;

/// What of a world is looked at: its checks, and each flow with what decides it.
type Seen = (Vec<PreviewedCheck>, Vec<(Cell, Vec<Decision>)>);

/// How it is looked at.
pub(super) type Look = fn(&Checker, &[Value], Source) -> Seen;

/// A world as it is shown.
pub(super) struct Shown {
    world: Vec<Value>,
    /// The groups of the picture that are unfolded.
    open: Vec<String>,
    checks: Vec<PreviewedCheck>,
    cells: Vec<Cell>,
    /// What decides each of them.
    decisions: Vec<Vec<Decision>>,
    picture: Option<String>,
}

impl Shown {
    /// A world beside how its flows were before. What was shown last may have the same picture.
    pub(super) fn new(
        checker: &Checker,
        before: &[Cell],
        last: Option<Self>,
        (world, source): (Vec<Value>, Source),
        (open, links): (&[String], PictureLinks<'_>),
        look: Look,
    ) -> Self {
        let (checks, seen) = look(checker, &world, source);
        let (cells, decisions): (Vec<Cell>, Vec<Vec<Decision>>) = seen.into_iter().unzip();
        let draw = || {
            let picture = picture_of(&checker.lab().title, &cells, Some(before), links);
            netpol::draw(&picture, PictureForm::Page, open)
        };
        let picture = match last {
            Some(last) if last.open == open && last.cells == cells => last.picture,
            _ => (!cells.is_empty()).then(draw),
        };
        Self { world, open: open.to_vec(), checks, cells, decisions, picture }
    }

    /// Whether this is what is shown of a world.
    pub(super) fn is_of(&self, world: &[Value], open: &[String]) -> bool {
        self.open == open && self.world == world
    }

    /// It, with what is to be said about the text.
    pub(super) fn preview(&self, before: &[Cell], text: &[TextObject], diagnostics: Vec<TextDiagnostic>) -> Preview {
        let map = self.cells.iter().cloned().zip(changed(&self.cells, before));
        Preview {
            diagnostics,
            checks: self.checks.clone(),
            map: map.map(|(cell, changed)| PreviewedCell { cell, changed }).collect(),
            picture: self.picture.clone(),
            opens: opens(text, &self.cells, &self.decisions),
        }
    }
}

/// What is to be said of a world with a text in it.
pub fn previewed(checker: &Checker, tried: Tried, open: &[String], links: PictureLinks<'_>) -> Preview {
    let Tried { source, before, after, text, diagnostics } = tried;
    let before = cells(checker, before, source);
    Shown::new(checker, &before, None, (after, source), (open, links), looked_at).preview(&before, &text, diagnostics)
}

/// Every flow that the lab looks at in a world.
pub(super) fn cells(checker: &Checker, world: Vec<Value>, source: Source) -> Vec<Cell> {
    checker.cells(&felt(world, checker.lab().cni), source)
}

/// The checks and the flows of a world, from one look where the network obeys policies.
pub(super) fn looked_at(checker: &Checker, world: &[Value], source: Source) -> Seen {
    let cni = checker.lab().cni;
    let (checks, seen) = if cni == LabCni::None {
        let checks = checker.checks(world, source);
        (checks, checker.cells_with_decisions(&felt(world.to_vec(), cni), source))
    } else {
        checker.checks_with_decisions(world, source)
    };
    (each_once(checks), seen)
}

/// The same of the flows that the lab names: what lies beyond them is compared with its solution.
pub(super) fn flows_looked_at(checker: &Checker, world: &[Value], source: Source) -> Seen {
    let cni = checker.lab().cni;
    let (checks, seen) = checker.flow_checks_with_decisions(world, source);
    if cni == LabCni::None {
        return (each_once(checks), checker.cells_with_decisions(&felt(world.to_vec(), cni), source));
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
