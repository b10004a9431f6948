//! What applying a text would do to a lab's world, while it is being typed.

use std::collections::{BTreeMap, BTreeSet};

use netpol::{Decision, FlowText};
use serde::Serialize;

use super::editor::{TextDiagnostic, TextObject};
use super::tried::place;
use crate::check::Cell;

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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

/// The flows of each line, as far as they get through by what stands there.
pub(super) fn opens(text: &[TextObject], cells: &[Cell], decisions: &[Vec<Decision>]) -> Vec<Opening> {
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
