//! The checks of a matrix: one for each rule that holds, and one for each flow that is wrong.

use std::collections::BTreeSet;

use netpol::Verdict;

use super::checker::{MOST_CELLS, failed};
use super::report::Check;
use crate::labs::{GoalCheck, ReachabilityGoal};
use crate::reachability::{CellKey, EndpointKind, Observation};

/// A cell, what it must be, and what it is.
#[derive(Clone, Copy)]
struct Judged<'a> {
    cell: &'a CellKey,
    expected: Verdict,
    actual: Option<Verdict>,
}

/// What a learner is told about the cells of a lab.
pub(crate) struct MatrixChecks<'a> {
    goal: &'a ReachabilityGoal,
    observation: &'a Observation,
    lab: &'a str,
}

impl<'a> MatrixChecks<'a> {
    /// For a lab of this name.
    pub(crate) fn new(lab: &'a str, goal: &'a ReachabilityGoal, observation: &'a Observation) -> Self {
        Self { goal, observation, lab }
    }

    /// All checks, in the order of the lab's file.
    pub(crate) fn all(&self) -> Vec<Check> {
        if self.is_not_started() {
            let message = format!("none of the lab's pods is here: start it with `lab-checker start {}`", self.lab);
            return vec![failed("the lab is started", message)];
        }
        (0..self.goal.checks.len()).flat_map(|place| self.one(place)).collect()
    }

    fn is_not_started(&self) -> bool {
        let mut pods =
            self.goal.space.endpoints.iter().enumerate().filter(|(_, it)| matches!(it.kind, EndpointKind::Pod(_)));
        pods.all(|(place, _)| self.observation.is_missing(place))
    }

    fn cells(&self, place: usize) -> Vec<Judged<'a>> {
        let cells = self.goal.space.cells.iter().zip(&self.goal.expected).zip(&self.observation.seen);
        cells
            .filter(|((_, expected), _)| expected.check == place)
            .map(|((cell, expected), seen)| Judged { cell, expected: expected.verdict, actual: seen.verdict() })
            .collect()
    }

    fn one(&self, place: usize) -> Vec<Check> {
        let cells = self.cells(place);
        let Some(first) = cells.first() else { return Vec::new() };
        let (missing, present): (Vec<Judged<'_>>, Vec<Judged<'_>>) =
            cells.iter().copied().partition(|judged| self.missing_ends(judged.cell).next().is_some());
        let wrong: Vec<Judged<'_>> =
            present.into_iter().filter(|judged| judged.actual != Some(judged.expected)).collect();
        if wrong.is_empty() && missing.is_empty() {
            return vec![self.passed(place, cells.len(), first.expected)];
        }
        let mut checks: Vec<Check> = wrong.iter().take(MOST_CELLS).map(|judged| self.failed(place, *judged)).collect();
        let GoalCheck { name, why } = &self.goal.checks[place];
        if let (Some(first), Some(why)) = (checks.first_mut(), why) {
            // The author's sentence once, not with every flow.
            first.message = format!("{} {}", first.message, why.trim());
        }
        if wrong.len() > MOST_CELLS {
            let more = wrong.len() - MOST_CELLS;
            checks.push(failed(name, format!("and {more} more flows, all of which must be {}", first.expected)));
        }
        if !missing.is_empty() {
            checks.push(failed(name, self.missing(&missing)));
        }
        checks
    }

    fn missing_ends(&self, cell: &CellKey) -> impl Iterator<Item = &'a str> {
        let (space, observation) = (&self.goal.space, self.observation);
        [cell.from, cell.to]
            .into_iter()
            .filter(|end| observation.is_missing(*end))
            .map(|end| space.endpoints[end].name.as_str())
    }

    /// One sentence for all flows that have an end missing.
    fn missing(&self, cells: &[Judged<'_>]) -> String {
        let names: BTreeSet<&str> = cells.iter().flat_map(|judged| self.missing_ends(judged.cell)).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let (verb, has) = if names.len() == 1 { ("does", "has") } else { ("do", "have") };
        format!(
            "{} flows cannot be judged: {} {verb} not exist, {has} no address yet, or {has} finished",
            cells.len(),
            names.join(", ")
        )
    }

    fn passed(&self, place: usize, cells: usize, verdict: Verdict) -> Check {
        let message = match cells {
            1 => format!("the flow is {verdict}, as it must be"),
            cells => format!("all {cells} flows are {verdict}, as they must be"),
        };
        Check { name: self.goal.checks[place].name.clone(), passed: true, message, flow: None }
    }

    /// What was expected, and the engine's sentence.
    fn failed(&self, place: usize, judged: Judged<'_>) -> Check {
        let check = &self.goal.checks[place];
        let flow = self.goal.space.flow(judged.cell);
        let because = match judged.actual {
            Some(actual) => {
                let why = match actual {
                    Verdict::Allowed => self.observation.why(judged.cell, actual),
                    Verdict::Blocked => self.observation.why_blocked(judged.cell),
                };
                why.unwrap_or_else(|| format!("{flow} is {actual}."))
            }
            None => format!("{flow} is allowed for some of the pods and blocked for others."),
        };
        let message = format!("It must be {}. {because}", judged.expected);
        Check { name: check.name.clone(), passed: false, message, flow: Some(flow) }
    }
}
