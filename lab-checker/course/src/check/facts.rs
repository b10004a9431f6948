//! Looking at an answer: what it does, what of it is right, and what in it counts for nothing.

use std::collections::BTreeSet;

use super::answer::Answer;
use super::findings::Findings;
use super::violations::{Violation, violations};
use crate::labs::{Goal, Lab, ReachabilityGoal};
use crate::reachability::{Observation, Seen};

/// What was found in an answer.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) appearance: Appearance,
    /// Sentences about objects that count for nothing.
    pub(crate) complaints: Vec<String>,
    /// Of a lab that asks for reachability, which of its named checks hold. Of one that asks for a list, nothing.
    pub(crate) holding: Vec<bool>,
    /// For a list: entries that are right, and wrong.
    pub(crate) entries: (usize, usize),
}

/// What an answer looks like to somebody who sees only what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Appearance {
    /// The verdicts of every cell, egress and ingress apart.
    pub(crate) seen: Vec<Seen>,
    /// The list of a findings lab.
    pub(crate) listed: BTreeSet<String>,
    /// Frozen objects that are not as they were.
    pub(crate) violations: Vec<Violation>,
    /// What the API server refuses, as `Kind field`.
    pub(crate) refused: BTreeSet<String>,
}

impl Facts {
    /// Looks at an answer.
    pub(crate) fn of(lab: &Lab, answer: &Answer<'_>) -> Self {
        match &lab.goal {
            Goal::Reachability(goal) => {
                let observation = Observation::new(&goal.flows, &answer.objects, answer.from);
                Self::of_flows(lab, goal, answer, &observation)
            }
            Goal::Findings(goal) => Self::of_list(lab, answer, &Findings::read(goal, &answer.objects)),
        }
    }

    /// How many objects count for nothing, or are not as they must be.
    pub(crate) fn faults(&self) -> usize {
        self.appearance.violations.len() + self.complaints.len()
    }

    /// The same when the flows have been looked at already.
    pub(crate) fn of_flows(lab: &Lab, goal: &ReachabilityGoal, answer: &Answer<'_>, observation: &Observation) -> Self {
        let mut holding = vec![true; goal.checks.len()];
        for (expected, seen) in goal.expected.iter().zip(&observation.seen) {
            holding[expected.check] &= seen.verdict() == Some(expected.verdict);
        }
        let unreadable = observation.look.unreadable.values().map(|why| format!("an object is left out: {why}"));
        let mut appearance = Appearance::without_effect(lab, answer);
        appearance.seen.clone_from(&observation.seen);
        Self {
            appearance,
            complaints: answer.refused.values().cloned().chain(unreadable).collect(),
            holding,
            entries: (0, 0),
        }
    }

    /// The same when the list has been read already.
    pub(crate) fn of_list(lab: &Lab, answer: &Answer<'_>, findings: &Findings<'_>) -> Self {
        let mut appearance = Appearance::without_effect(lab, answer);
        appearance.listed.clone_from(&findings.listed);
        let complaints = answer.refused.values().cloned().collect();
        Self { appearance, complaints, holding: Vec::new(), entries: findings.score() }
    }
}

impl Appearance {
    fn without_effect(lab: &Lab, answer: &Answer<'_>) -> Self {
        Self {
            seen: Vec::new(),
            listed: BTreeSet::new(),
            violations: violations(&lab.frozen, &answer.objects),
            refused: answer.refused.keys().cloned().collect(),
        }
    }
}
