//! Checking: a learner's snapshot against what the lab asks for, cell by cell.

use std::sync::{Arc, OnceLock};

use manifest::Source;
use netpol::{Decision, Snapshot, Verdict};
use serde_json::Value;

use super::answer::{Answer, Strictness};
use super::beyond::Beyond;
use super::facts::Facts;
use super::finding::finding;
use super::findings::Findings;
use super::named_checks::NamedChecks;
use super::recognise::Known;
use super::references::References;
use super::report::{Cell, Check, MOST_CELLS, Report};
use crate::files::rounded;
use crate::labs::{Goal, Lab, ReachabilityGoal};
use crate::reachability::{Look, Observation};
use crate::snapshot;

/// What checks answers to one lab. It keeps what it has worked out about the lab: whoever checks many answers
/// keeps one checker.
pub struct Checker {
    lab: Arc<Lab>,
    /// What the start and the mistakes look like; worked out at the first answer that is wrong.
    known: OnceLock<Known>,
    /// The clusters with the solution in them.
    references: OnceLock<References>,
    /// The cluster in which the lab has begun.
    start: OnceLock<snapshot::Base>,
    /// Whether the start is right beyond its own flows.
    start_beyond: OnceLock<bool>,
}

/// How much somebody wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    /// Checks, points, what was recognised.
    Everything,
    /// The checks alone.
    Checks,
}

impl Detail {
    /// How many flows of a check are told.
    fn most(self) -> usize {
        match self {
            Self::Everything => MOST_CELLS,
            Self::Checks => 1,
        }
    }
}

impl Checker {
    /// A checker of this lab.
    #[must_use]
    pub fn new(lab: impl Into<Arc<Lab>>) -> Self {
        Self {
            lab: lab.into(),
            known: OnceLock::new(),
            references: OnceLock::new(),
            start: OnceLock::new(),
            start_beyond: OnceLock::new(),
        }
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
        self.report(&self.answer(files, Strictness::MayChange))
    }

    /// The checks of a whole snapshot alone, without all else that a report tells.
    #[must_use]
    pub fn checks(&self, snapshot: &[Value], from: Source) -> Vec<Check> {
        self.report_of(&Answer::of_snapshot(&self.lab, snapshot, from), Detail::Checks).checks
    }

    /// Why a learner's files do not pass: the first check that fails. Without all else that a report tells.
    #[must_use]
    pub fn first_failure(&self, files: &[Value]) -> Option<Check> {
        let answer = self.answer(files, Strictness::MayChange);
        self.report_of(&answer, Detail::Checks).checks.into_iter().find(|check| !check.passed)
    }

    /// Checks files as a mistake of the lab is one: whatever stands in them is applied on the start.
    pub(crate) fn check_mistake(&self, files: &[Value]) -> Report {
        self.report(&self.answer(files, Strictness::Anything))
    }

    /// The cells of the lab in a snapshot; none in a lab that asks for a list.
    #[must_use]
    pub fn cells(&self, snapshot: &[Value], from: Source) -> Vec<Cell> {
        let Goal::Reachability(goal) = &self.lab.goal else { return Vec::new() };
        let answer = Answer::of_snapshot(&self.lab, snapshot, from);
        cells(goal, &Observation::new(&goal.flows, &answer.objects, answer.from))
    }

    /// The same cells, each of a flow that gets through with the pieces of policies that let it.
    #[must_use]
    pub fn cells_with_decisions(&self, snapshot: &[Value], from: Source) -> Vec<(Cell, Vec<Decision>)> {
        let Goal::Reachability(goal) = &self.lab.goal else { return Vec::new() };
        let answer = Answer::of_snapshot(&self.lab, snapshot, from);
        decided_cells(goal, &Observation::new(&goal.flows, &answer.objects, answer.from))
    }

    /// The checks of the lab's own flows and these cells, from one look: all that can be told without a solution.
    #[must_use]
    pub fn flow_checks_with_decisions(
        &self,
        snapshot: &[Value],
        from: Source,
    ) -> (Vec<Check>, Vec<(Cell, Vec<Decision>)>) {
        let Goal::Reachability(goal) = &self.lab.goal else { return (Vec::new(), Vec::new()) };
        if goal.flows.cells.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let answer = Answer::of_snapshot(&self.lab, snapshot, from);
        let observation = Observation::new(&goal.flows, &answer.objects, answer.from);
        let checks = NamedChecks::new(&self.lab.name, goal, &observation, Detail::Checks.most()).all();
        (checks, decided_cells(goal, &observation))
    }

    /// The checks alone and these cells, from one look: what is shown while somebody types.
    #[must_use]
    pub fn checks_with_decisions(&self, snapshot: &[Value], from: Source) -> (Vec<Check>, Vec<(Cell, Vec<Decision>)>) {
        let answer = Answer::of_snapshot(&self.lab, snapshot, from);
        let Goal::Reachability(goal) = &self.lab.goal else {
            return (self.report_of(&answer, Detail::Checks).checks, Vec::new());
        };
        let observation = Observation::new(&goal.flows, &answer.objects, answer.from);
        let checks = self.report_of_flows(goal, &answer, &observation, Detail::Checks).checks;
        (checks, decided_cells(goal, &observation))
    }

    /// The check of a whole snapshot and the cells of the lab in it, from one look.
    #[must_use]
    pub fn check_with_cells(&self, snapshot: &[Value], from: Source) -> (Report, Vec<Cell>) {
        let answer = Answer::of_snapshot(&self.lab, snapshot, from);
        let Goal::Reachability(goal) = &self.lab.goal else { return (self.report(&answer), Vec::new()) };
        let observation = Observation::new(&goal.flows, &answer.objects, answer.from);
        (self.report_of_flows(goal, &answer, &observation, Detail::Everything), cells(goal, &observation))
    }

    fn answer(&self, files: &[Value], strictness: Strictness) -> Answer<'_> {
        Answer::of_files(&self.lab, self.start(), files, strictness)
    }

    /// What a cluster holds in which the lab has begun.
    fn start(&self) -> &snapshot::Base {
        self.start.get_or_init(|| snapshot::Base::of(self.lab.start_objects()))
    }

    /// What an answer is told.
    fn report(&self, answer: &Answer<'_>) -> Report {
        self.report_of(answer, Detail::Everything)
    }

    fn report_of(&self, answer: &Answer<'_>, detail: Detail) -> Report {
        let lab = &*self.lab;
        match &lab.goal {
            Goal::Reachability(goal) => {
                let observation = Observation::new(&goal.flows, &answer.objects, answer.from);
                self.report_of_flows(goal, answer, &observation, detail)
            }
            Goal::Findings(goal) => {
                let findings = Findings::read(goal, &answer.objects);
                let facts = Facts::of_list(lab, answer, &findings);
                let points = || self.points_of_list(&facts, goal.reachable.len());
                self.finish(answer, detail, findings.checks(), &facts, points, || None)
            }
        }
    }

    fn report_of_flows(
        &self,
        goal: &ReachabilityGoal,
        answer: &Answer<'_>,
        observation: &Observation,
        detail: Detail,
    ) -> Report {
        let lab = &*self.lab;
        let named = NamedChecks::new(&lab.name, goal, observation, detail.most());
        let mut checks = named.all();
        let facts = Facts::of_flows(lab, goal, answer, observation);
        // Where nothing of the lab is there, nothing beyond it can be told.
        let beyond = (!named.is_not_started()).then(|| self.beyond(goal, &observation.look, detail.most()));
        checks.extend(beyond.iter().flat_map(Beyond::checks));
        let is_right = beyond.as_ref().is_some_and(Beyond::is_right);
        let points = || self.points_of_checks(goal, &facts, is_right);
        let in_start = || Some(self.references(goal).in_start(lab, &observation.look));
        let mut report = self.finish(answer, detail, checks, &facts, points, in_start);
        if detail == Detail::Everything && !report.passed && report.mistake.is_none() {
            report.finding = finding(lab, goal, observation);
        }
        report.incomplete = beyond.into_iter().flat_map(|beyond| beyond.limits).collect();
        report
    }

    fn finish(
        &self,
        answer: &Answer<'_>,
        detail: Detail,
        mut checks: Vec<Check>,
        facts: &Facts,
        partial_points: impl FnOnce() -> f64,
        in_start: impl FnOnce() -> Option<Snapshot>,
    ) -> Report {
        let lab = &*self.lab;
        checks.extend(self.frozen_checks(facts));
        let complaint = |message: &String| Check::failed("your files", message);
        checks.extend(facts.complaints.iter().take(MOST_CELLS).map(complaint));
        let passed = checks.iter().all(|check| check.passed);
        Report {
            lab: lab.name.clone(),
            passed,
            points: match detail {
                _ if passed => lab.points,
                Detail::Everything => partial_points(),
                Detail::Checks => 0.0,
            },
            max_points: lab.points,
            checks,
            mistake: match detail {
                Detail::Everything if !passed => self.known().recognise(lab, answer, facts, in_start),
                _ => None,
            },
            finding: None,
            incomplete: Vec::new(),
        }
    }

    fn known(&self) -> &Known {
        self.known.get_or_init(|| Known::of(&self.lab, self.start()))
    }

    fn references(&self, goal: &ReachabilityGoal) -> &References {
        self.references.get_or_init(|| References::of(&self.lab, goal))
    }

    fn beyond(&self, goal: &ReachabilityGoal, look: &Look, most: usize) -> Beyond {
        Beyond::of(&self.lab, goal, self.references(goal), look, most)
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

    /// The points of an answer that has not passed: of the checks that do not hold in the start, the share of those
    /// that hold now, less those that hold in the start and not now.
    fn points_of_checks(&self, goal: &ReachabilityGoal, facts: &Facts, beyond: bool) -> f64 {
        let start = &self.known().start;
        let start_beyond = *self.start_beyond.get_or_init(|| {
            let observation = Observation::new(&goal.flows, self.start().objects(), Source::Files);
            self.beyond(goal, &observation.look, 1).is_right()
        });
        let before = start.holding.iter().copied().chain([start_beyond]);
        let now = facts.holding.iter().copied().chain([beyond]);
        let weights = goal.checks.iter().map(|check| check.weight).chain([1.0]);
        let (mut to_fix, mut earned) = (0.0, -(facts.faults() as f64));
        for ((before, now), weight) in before.zip(now).zip(weights) {
            to_fix += if before { 0.0 } else { weight };
            earned += match (before, now) {
                (false, true) => weight,
                (true, false) => -weight,
                _ => 0.0,
            };
        }
        self.part_of_points(earned / to_fix)
    }

    /// The same of a list: right entries less wrong ones.
    fn points_of_list(&self, facts: &Facts, all: usize) -> f64 {
        let (right, wrong) = facts.entries;
        let earned = right.saturating_sub(wrong + facts.faults());
        self.part_of_points(earned as f64 / all.max(1) as f64)
    }

    /// A share of the points in halves, rounded down, and never all of them.
    fn part_of_points(&self, share: f64) -> f64 {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        let halves = (self.lab.points * share * 2.0).floor() / 2.0;
        rounded(halves.min(self.lab.points - 0.5).max(0.0))
    }
}

/// What was seen of the flows that a lab asks about, beside what it asks for.
fn cells(goal: &ReachabilityGoal, observation: &Observation) -> Vec<Cell> {
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

/// The same, each of a flow that gets through with the pieces of policies that let it.
fn decided_cells(goal: &ReachabilityGoal, observation: &Observation) -> Vec<(Cell, Vec<Decision>)> {
    let cells = cells(goal, observation).into_iter().zip(&goal.flows.cells);
    cells
        .map(|(cell, key)| {
            let decided =
                if cell.actual == Some(Verdict::Allowed) { observation.let_through_by(key) } else { Vec::new() };
            (cell, decided)
        })
        .collect()
}
