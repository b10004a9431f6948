//! What a lab asks for as reachability: an expected verdict for every cell, and the rule it comes from.

use netpol::Verdict;

use super::free::FreeRule;
use crate::reachability::{CellKey, DestinationPattern, FlowOptions, FlowSet, Pattern};

/// An expected verdict for every cell of a flow set.
#[derive(Clone, Debug)]
pub(crate) struct ReachabilityGoal {
    pub(crate) flows: FlowSet,
    /// What the flow set was made of beside pods.
    pub(crate) options: FlowOptions,
    /// The checks: the rules in the order of the file, then the one of all cells without a rule.
    pub(crate) checks: Vec<GoalCheck>,
    /// One for each cell.
    pub(crate) expected: Vec<Expected>,
    /// Flows in which a right answer may differ from the solution.
    pub(crate) free: Vec<FreeRule>,
}

/// What a cell must be, and which check it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) verdict: Verdict,
    pub(crate) check: usize,
}

/// A named check.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GoalCheck {
    pub(crate) name: String,
    /// The author's sentence.
    pub(crate) why: Option<String>,
    /// What it is worth beside the others.
    pub(crate) weight: f64,
}

/// A rule of a lab file: the cells it names.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) check: GoalCheck,
    pub(crate) from: Vec<Pattern>,
    pub(crate) to: Vec<DestinationPattern>,
    pub(crate) verdict: Verdict,
}

impl Rule {
    /// Whether it names this cell.
    pub(crate) fn names(&self, flows: &FlowSet, cell: &CellKey) -> bool {
        let from = &flows.endpoints[cell.from];
        let to = &flows.endpoints[cell.to];
        self.from.iter().any(|pattern| pattern.matches(from)) && self.to.iter().any(|pattern| pattern.matches(to, cell))
    }
}

impl ReachabilityGoal {
    /// The goal that these rules describe; of several rules that name a cell, the last counts.
    pub(crate) fn new(
        flows: FlowSet,
        options: FlowOptions,
        default: Verdict,
        default_name: Option<String>,
        rules: Vec<Rule>,
    ) -> Self {
        let expected = flows
            .cells
            .iter()
            .map(|cell| match rules.iter().rposition(|rule| rule.names(&flows, cell)) {
                Some(check) => Expected { verdict: rules[check].verdict, check },
                None => Expected { verdict: default, check: rules.len() },
            })
            .collect();
        let name = default_name.unwrap_or_else(|| match default {
            Verdict::Allowed => "everything else stays open".to_owned(),
            Verdict::Blocked => "nothing else gets through".to_owned(),
        });
        let mut checks: Vec<GoalCheck> = rules.into_iter().map(|rule| rule.check).collect();
        checks.push(GoalCheck { name, why: None, weight: 1.0 });
        Self { flows, options, checks, expected, free: Vec::new() }
    }
}
