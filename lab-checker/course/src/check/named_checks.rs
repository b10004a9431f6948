//! The named checks of a lab: one for each rule that holds, and one for each flow that is wrong.

use std::collections::BTreeSet;

use netpol::{Verdict, counted};

use super::report::Check;
use crate::labs::{GoalCheck, ReachabilityGoal};
use crate::reachability::{CellKey, EndpointKind, Observation};

/// A cell, what it must be, and what it is.
#[derive(Clone, Copy)]
struct CellResult<'a> {
    key: &'a CellKey,
    expected: Verdict,
    actual: Option<Verdict>,
}

/// What a learner is told about the cells of a lab.
pub(crate) struct NamedChecks<'a> {
    goal: &'a ReachabilityGoal,
    observation: &'a Observation,
    lab: &'a str,
    /// So many wrong flows of a check are told.
    most: usize,
}

impl<'a> NamedChecks<'a> {
    /// For a lab of this name; of each check so many wrong flows are told.
    pub(crate) fn new(lab: &'a str, goal: &'a ReachabilityGoal, observation: &'a Observation, most: usize) -> Self {
        Self { goal, observation, lab, most }
    }

    /// All checks, in the order of the lab's file.
    pub(crate) fn all(&self) -> Vec<Check> {
        if self.is_not_started() {
            let message = format!("none of the lab's pods is here: start it with `lab-checker start {}`", self.lab);
            return vec![Check::failed("the lab is started", message)];
        }
        (0..self.goal.checks.len()).flat_map(|place| self.one(place)).collect()
    }

    /// Whether none of the lab's pods is here.
    pub(crate) fn is_not_started(&self) -> bool {
        let mut pods =
            self.goal.flows.endpoints.iter().enumerate().filter(|(_, it)| matches!(it.kind, EndpointKind::Pod(_)));
        pods.all(|(place, _)| self.observation.is_missing(place))
    }

    fn cells(&self, place: usize) -> Vec<CellResult<'a>> {
        let cells = self.goal.flows.cells.iter().zip(&self.goal.expected).zip(&self.observation.seen);
        cells
            .filter(|((_, expected), _)| expected.check == place)
            .map(|((key, expected), seen)| CellResult { key, expected: expected.verdict, actual: seen.verdict() })
            .collect()
    }

    fn one(&self, place: usize) -> Vec<Check> {
        let cells = self.cells(place);
        let Some(first) = cells.first() else { return Vec::new() };
        let (missing, present): (Vec<CellResult<'_>>, Vec<CellResult<'_>>) =
            cells.iter().copied().partition(|cell| self.missing_ends(cell.key).next().is_some());
        let wrong: Vec<CellResult<'_>> =
            present.into_iter().filter(|cell| cell.actual != Some(cell.expected)).collect();
        if wrong.is_empty() && missing.is_empty() {
            return vec![self.passed(place, cells.len(), first.expected)];
        }
        let mut checks: Vec<Check> = wrong.iter().take(self.most).map(|cell| self.failed(place, *cell)).collect();
        let GoalCheck { name, why, .. } = &self.goal.checks[place];
        if let (Some(first), Some(why)) = (checks.first_mut(), why) {
            // The author's sentence once, not with every flow.
            first.message = format!("{} {}", first.message, why.trim());
        }
        if wrong.len() > self.most {
            let more = wrong.len() - self.most;
            checks.push(Check::failed(name, format!("and {more} more flows, all of which must be {}", first.expected)));
        }
        if !missing.is_empty() {
            checks.push(Check::failed(name, self.missing(&missing)));
        }
        checks
    }

    fn missing_ends(&self, cell: &CellKey) -> impl Iterator<Item = &'a str> {
        let (flows, observation) = (&self.goal.flows, self.observation);
        [cell.from, cell.to]
            .into_iter()
            .filter(|end| observation.is_missing(*end))
            .map(|end| flows.endpoints[end].name.as_str())
    }

    /// One sentence for all flows that have an end missing.
    fn missing(&self, cells: &[CellResult<'_>]) -> String {
        let names: BTreeSet<&str> = cells.iter().flat_map(|cell| self.missing_ends(cell.key)).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let (verb, has) = if names.len() == 1 { ("does", "has") } else { ("do", "have") };
        format!(
            "{} cannot be judged: {} {verb} not exist, {has} no address yet, or {has} finished",
            counted(cells.len(), "flow"),
            names.join(", ")
        )
    }

    fn passed(&self, place: usize, cells: usize, verdict: Verdict) -> Check {
        let message = match cells {
            1 => format!("the flow is {verdict}, as it must be"),
            cells => format!("all {} are {verdict}, as they must be", counted(cells, "flow")),
        };
        Check::passed(&self.goal.checks[place].name, message)
    }

    /// What was expected, and the engine's sentence.
    fn failed(&self, place: usize, cell: CellResult<'_>) -> Check {
        let check = &self.goal.checks[place];
        let flow = self.goal.flows.flow(cell.key);
        let why = cell.actual.and_then(|actual| self.observation.why(cell.key, actual));
        let (because, decided_by) = match (why, cell.actual) {
            (Some(why), _) => (why.text, why.decided_by),
            (None, Some(actual)) => (format!("{flow} is {actual}."), Vec::new()),
            (None, None) => (format!("{flow} is allowed for some of the pods and blocked for others."), Vec::new()),
        };
        let message = format!("It must be {}. {because}", cell.expected);
        Check { name: check.name.clone(), passed: false, message, flow: Some(flow), decided_by }
    }
}
