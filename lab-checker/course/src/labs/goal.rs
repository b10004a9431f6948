//! What a lab asks for as reachability: an expected verdict for every cell, and the rule it comes from.

use netpol::Verdict;

use crate::reachability::{CellKey, DestinationPattern, Pattern, Space, SpaceOptions};

/// An expected verdict for every cell of a space.
#[derive(Clone, Debug)]
pub(crate) struct ReachabilityGoal {
    pub(crate) space: Space,
    /// What the space was made of beside pods.
    pub(crate) options: SpaceOptions,
    /// The checks: the rules in the order of the file, then the one of all cells without a rule.
    pub(crate) checks: Vec<GoalCheck>,
    /// One for each cell.
    pub(crate) expected: Vec<Expected>,
}

/// What a cell must be, and which check it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) verdict: Verdict,
    pub(crate) check: usize,
}

/// A named check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GoalCheck {
    pub(crate) name: String,
    /// The author's sentence.
    pub(crate) why: Option<String>,
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
    pub(crate) fn names(&self, space: &Space, cell: &CellKey) -> bool {
        let from = &space.endpoints[cell.from];
        let to = &space.endpoints[cell.to];
        self.from.iter().any(|pattern| pattern.matches(from)) && self.to.iter().any(|pattern| pattern.matches(to, cell))
    }
}

impl ReachabilityGoal {
    /// The goal that these rules describe; of several rules that name a cell, the last counts.
    pub(crate) fn new(
        space: Space,
        options: SpaceOptions,
        default: Verdict,
        default_name: Option<String>,
        rules: Vec<Rule>,
    ) -> Self {
        let expected = space
            .cells
            .iter()
            .map(|cell| match rules.iter().rposition(|rule| rule.names(&space, cell)) {
                Some(check) => Expected { verdict: rules[check].verdict, check },
                None => Expected { verdict: default, check: rules.len() },
            })
            .collect();
        let name = default_name.unwrap_or_else(|| match default {
            Verdict::Allowed => "everything else stays open".to_owned(),
            Verdict::Blocked => "nothing else gets through".to_owned(),
        });
        let mut checks: Vec<GoalCheck> = rules.into_iter().map(|rule| rule.check).collect();
        checks.push(GoalCheck { name, why: None });
        Self { space, options, checks, expected }
    }
}
