//! What whoever works on a lab sees of it: its flows, what each must be, and what the checks are called. No solution and
//! no mistake, nothing that is judged beyond these flows, and no sentence that only a report tells.

use std::collections::BTreeMap;
use std::net::IpAddr;

use netpol::Verdict;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::frozen::Frozen;
use super::goal::{Expected, GoalCheck, ReachabilityGoal};
use super::lab::{Goal, Lab, LabCni, Solution};
use crate::reachability::{FlowOptions, FlowSet, Port};

/// A lab without what is secret in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct VisibleLab {
    name: String,
    title: String,
    namespace: String,
    may_change: Vec<String>,
    cni: LabCni,
    /// What the learner starts with, which names the flows.
    start: Vec<Value>,
    /// Nothing where the lab asks for a list.
    flows: Option<VisibleFlows>,
}

/// The flows that a map shows.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct VisibleFlows {
    declared: bool,
    ports: Vec<Port>,
    external: BTreeMap<IpAddr, Vec<Port>>,
    dns: bool,
    checks: Vec<String>,
    /// For each flow what it must be, and the number of its check.
    expected: Vec<(Verdict, usize)>,
}

impl Lab {
    /// What whoever works on it sees.
    pub(crate) fn visible(&self) -> VisibleLab {
        let flows = match &self.goal {
            Goal::Reachability(goal) => Some(VisibleFlows::of(goal)),
            Goal::Findings(_) => None,
        };
        VisibleLab {
            name: self.name.clone(),
            title: self.title.clone(),
            namespace: self.namespace.clone(),
            may_change: self.may_change.clone(),
            cni: self.cni,
            start: self.start_objects.clone(),
            flows,
        }
    }
}

impl VisibleFlows {
    fn of(goal: &ReachabilityGoal) -> Self {
        let FlowOptions { declared, ports, external, dns } = goal.options.clone();
        let checks = goal.checks.iter().map(|check| check.name.clone()).collect();
        let expected = goal.expected.iter().map(|expected| (expected.verdict, expected.check)).collect();
        Self { declared, ports, external, dns, checks, expected }
    }

    /// The goal as far as it is seen; nothing when it does not belong to this start.
    fn goal(self, start: &[Value]) -> Option<ReachabilityGoal> {
        let Self { declared, ports, external, dns, checks, expected } = self;
        let options = FlowOptions { declared, ports, external, dns };
        let flows = FlowSet::new(start, &options);
        let fits = expected.len() == flows.cells.len() && expected.iter().all(|(_, check)| *check < checks.len());
        let expected = expected.into_iter().map(|(verdict, check)| Expected { verdict, check }).collect();
        let checks = checks.into_iter().map(|name| GoalCheck { name, why: None, weight: 1.0 }).collect();
        fits.then_some(ReachabilityGoal { flows, options, checks, expected, free: Vec::new() })
    }
}

impl VisibleLab {
    /// A lab that can be looked at, and cannot be judged; nothing when it is none.
    pub(crate) fn lab(self) -> Option<Lab> {
        let goal = match self.flows {
            Some(flows) => flows.goal(&self.start)?,
            None => ReachabilityGoal {
                flows: FlowSet::default(),
                options: FlowOptions::default(),
                checks: Vec::new(),
                expected: Vec::new(),
                free: Vec::new(),
            },
        };
        Some(Lab {
            name: self.name,
            title: self.title,
            chapter: String::new(),
            points: 0.0,
            minutes: 0,
            namespace: self.namespace,
            may_change: self.may_change,
            cni: self.cni,
            foreign: false,
            task: String::new(),
            hints: Vec::new(),
            solution: Solution { files: Vec::new(), objects: Vec::new(), explanation: String::new() },
            mistakes: Vec::new(),
            also_right: Vec::new(),
            worlds: Vec::new(),
            attack: None,
            start: Vec::new(),
            start_objects: self.start,
            frozen: Frozen::default(),
            goal: Goal::Reachability(goal),
        })
    }
}
