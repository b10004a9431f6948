//! What a check says: the JSON of `check -o json`, for people and programs alike.

use netpol::{FlowText, Verdict};
use serde::{Deserialize, Serialize};

/// A check that fails in more cells than these tells of the rest as a number.
pub(crate) const MOST_CELLS: usize = 24;

/// The result of checking a learner's snapshot against a lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The lab's name.
    pub lab: String,
    /// Whether every check passed.
    pub passed: bool,
    /// What the snapshot is worth; `max_points` only when it passed.
    pub points: f64,
    /// What the lab is worth.
    pub max_points: f64,
    /// The checks, in the order of the lab's file; a failing one once for every wrong flow.
    pub checks: Vec<Check>,
    /// The well-known mistake that the snapshot shows.
    pub mistake: Option<RecognisedMistake>,
}

/// One check of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// The check's name, as the lab's author wrote it.
    pub name: String,
    /// Whether it passed.
    pub passed: bool,
    /// One or two sentences: what was expected, and why it is otherwise.
    pub message: String,
    /// The flow that is wrong.
    pub flow: Option<FlowText>,
}

/// A mistake that a check recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecognisedMistake {
    /// The name of its file in the lab's `mistakes` folder.
    pub name: String,
    /// The words that help.
    pub hint: String,
}

/// One cell of a lab's matrix: what a flow must be, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// The flow, between endpoints as the lab names them.
    #[serde(flatten)]
    pub flow: FlowText,
    /// What the lab asks for.
    pub expected: Verdict,
    /// What it is; `None` when an endpoint is missing or its replicas differ.
    pub actual: Option<Verdict>,
    /// The name of the check that the cell belongs to.
    pub check: String,
}

impl Check {
    /// A check that passes.
    pub(crate) fn passed(name: &str, message: impl Into<String>) -> Self {
        Self { name: name.to_owned(), passed: true, message: message.into(), flow: None }
    }

    /// A check that fails without a flow.
    pub(crate) fn failed(name: &str, message: impl Into<String>) -> Self {
        Self { name: name.to_owned(), passed: false, message: message.into(), flow: None }
    }
}

impl Cell {
    /// Whether the flow is what the lab asks for.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.actual == Some(self.expected)
    }
}
