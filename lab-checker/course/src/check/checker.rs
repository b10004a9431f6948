//! Checking: a learner's snapshot against what the lab asks for, cell by cell.

use std::sync::{Arc, OnceLock};

use manifest::Source;
use serde_json::Value;

use super::answer::{Answer, Strictness};
use super::facts::Facts;
use super::findings::Findings;
use super::named_checks::NamedChecks;
use super::recognise::Known;
use super::report::{Cell, Check, MOST_CELLS, Report};
use crate::files::rounded;
use crate::labs::{Goal, Lab};
use crate::reachability::Observation;

/// What checks answers to one lab. It keeps what it has worked out about the lab: whoever checks many answers
/// keeps one checker.
#[derive(Debug)]
pub struct Checker {
    lab: Arc<Lab>,
    /// What the start and the mistakes look like; worked out at the first answer that is wrong.
    known: OnceLock<Known>,
}

impl Checker {
    /// A checker of this lab.
    #[must_use]
    pub fn new(lab: impl Into<Arc<Lab>>) -> Self {
        Self { lab: lab.into(), known: OnceLock::new() }
    }

    /// The lab.
    #[must_use]
    pub fn lab(&self) -> &Lab {
        &self.lab
    }

    /// Checks a whole snapshot: what a cluster holds, or files that describe one.
    #[must_use]
    pub fn check(&self, snapshot: &[Value], from: Source) -> Report {
        self.report(&Answer::of_snapshot(&self.lab, snapshot, from))
    }

    /// Checks a learner's files alone, applied on the lab's start.
    #[must_use]
    pub fn check_files(&self, files: &[Value]) -> Report {
        self.report(&Answer::of_files(&self.lab, files, Strictness::MayChange))
    }

    /// Checks files as a mistake of the lab is one: whatever stands in them is applied on the start.
    pub(crate) fn check_mistake(&self, files: &[Value]) -> Report {
        self.report(&Answer::of_files(&self.lab, files, Strictness::Anything))
    }

    /// The cells of the lab in a snapshot; none in a lab that asks for a list.
    #[must_use]
    pub fn cells(&self, snapshot: &[Value], from: Source) -> Vec<Cell> {
        let Goal::Reachability(goal) = &self.lab.goal else { return Vec::new() };
        let answer = Answer::of_snapshot(&self.lab, snapshot, from);
        let observation = Observation::new(&goal.flows, &answer.objects, answer.from);
        let cells = goal.flows.cells.iter().zip(&goal.expected).zip(&observation.seen);
        cells
            .map(|((cell, expected), seen)| Cell {
                flow: goal.flows.flow(cell),
                expected: expected.verdict,
                actual: seen.verdict(),
                check: goal.checks[expected.check].name.clone(),
            })
            .collect()
    }

    /// What an answer is told.
    fn report(&self, answer: &Answer) -> Report {
        let lab = &*self.lab;
        let (mut checks, facts) = match &lab.goal {
            Goal::Reachability(goal) => {
                let observation = Observation::new(&goal.flows, &answer.objects, answer.from);
                let checks = NamedChecks::new(&lab.name, goal, &observation).all();
                (checks, Facts::of_flows(lab, goal, answer, &observation))
            }
            Goal::Findings(goal) => {
                let findings = Findings::read(goal, &answer.objects);
                (findings.checks(), Facts::of_list(lab, answer, &findings))
            }
        };
        checks.extend(self.frozen_checks(&facts));
        let complaint = |message: &String| Check::failed("your files", message);
        checks.extend(facts.complaints.iter().take(MOST_CELLS).map(complaint));
        let passed = checks.iter().all(|check| check.passed);
        Report {
            lab: lab.name.clone(),
            passed,
            points: if passed { lab.points } else { self.partial_points(&facts) },
            max_points: lab.points,
            checks,
            mistake: if passed { None } else { self.known().recognise(lab, answer, &facts) },
        }
    }

    fn known(&self) -> &Known {
        self.known.get_or_init(|| Known::of(&self.lab))
    }

    fn frozen_checks(&self, facts: &Facts) -> Vec<Check> {
        const NAME: &str = "everything else is as it was";
        let violations = &facts.appearance.violations;
        if self.lab.frozen.is_empty() {
            return Vec::new();
        }
        if violations.is_empty() {
            return vec![Check::passed(NAME, "what the lab says to leave alone is untouched")];
        }
        violations.iter().take(MOST_CELLS).map(|violation| Check::failed(NAME, violation.message())).collect()
    }

    /// `points × max(0, fixed − broken) / to_fix`; never all of them for something that has not passed.
    fn partial_points(&self, facts: &Facts) -> f64 {
        let violations = facts.appearance.violations.len() + facts.complaints.len();
        let (fixed, broken, to_fix) = match &self.lab.goal {
            Goal::Findings(goal) => (facts.entries.0, facts.entries.1, goal.reachable.len()),
            Goal::Reachability(_) => {
                let start = &self.known().start.right;
                let count = |was: bool, is: bool| {
                    start.iter().zip(&facts.right).filter(|(before, now)| **before == was && **now == is).count()
                };
                (count(false, true), count(true, false), start.iter().filter(|right| !**right).count())
            }
        };
        let earned = fixed.saturating_sub(broken + violations);
        rounded(self.lab.points * earned as f64 / to_fix.max(1) as f64).min(self.lab.points)
    }
}
