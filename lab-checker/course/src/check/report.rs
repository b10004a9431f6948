//! What a check says: the JSON of `check -o json`, for people and programs alike.

use manifest::Places;
use netpol::{Decision, FlowText, Place, Verdict};
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
    /// Where no mistake was recognised: what is probably wrong with what was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
    /// Where not everything was looked at, in sentences. Mostly empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incomplete: Vec<String>,
}

/// How many wrong flows of one check a person is shown before the rest is folded away.
const EXAMPLES: usize = 3;

/// All that a report says under one name.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckGroup<'a> {
    /// The name that the checks share.
    pub name: &'a str,
    /// Whether all of them passed.
    pub passed: bool,
    /// What there is to say: of a group that fails, the failing checks alone.
    pub checks: Vec<&'a Check>,
}

impl Report {
    /// Says where in the learner's text it stands what decides, and what is probably wrong.
    pub fn locate(&mut self, places: &Places<'_>) {
        places.locate(self.checks.iter_mut().flat_map(|check| &mut check.decided_by));
        if let Some(finding) = &mut self.finding {
            finding.place = places.place(&finding.policy, &finding.field);
        }
    }

    /// The checks by name, in the order of their first appearance: a check that fails stands in a report once for
    /// every wrong flow, and a person reads it once.
    #[must_use]
    pub fn groups(&self) -> Vec<CheckGroup<'_>> {
        let mut groups: Vec<CheckGroup<'_>> = Vec::new();
        for check in &self.checks {
            match groups.iter_mut().find(|group| group.name == check.name) {
                Some(group) => group.add(check),
                None => groups.push(CheckGroup { name: &check.name, passed: check.passed, checks: vec![check] }),
            }
        }
        groups
    }
}

impl<'a> CheckGroup<'a> {
    fn add(&mut self, check: &'a Check) {
        if check.passed != self.passed {
            self.passed = false;
            self.checks.retain(|known| !known.passed);
        }
        if check.passed == self.passed {
            self.checks.push(check);
        }
    }

    /// What is shown at once.
    #[must_use]
    pub fn examples(&self) -> &[&'a Check] {
        &self.checks[..self.checks.len().min(EXAMPLES)]
    }

    /// What is folded away.
    #[must_use]
    pub fn rest(&self) -> &[&'a Check] {
        &self.checks[self.checks.len().min(EXAMPLES)..]
    }
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
    /// Which pieces of which policies decide that flow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decided_by: Vec<Decision>,
}

/// Something in an answer that is probably not meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The policy: `namespace/name`, or a ClusterNetworkPolicy's name.
    pub policy: String,
    /// Where in it, such as `spec.ingress[0].from[1]`.
    pub field: String,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Where it stands in the text, when the answer was read from one.
    #[serde(default, flatten, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
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

impl Finding {
    /// Where it stands, what is wrong, and what to try.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self { policy, field, message, help, .. } = self;
        let help = help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        format!("{policy}, {field}: {message}{help}")
    }
}

impl Check {
    /// A check that passes.
    pub(crate) fn passed(name: &str, message: impl Into<String>) -> Self {
        Self { name: name.to_owned(), passed: true, message: message.into(), flow: None, decided_by: Vec::new() }
    }

    /// A check that fails without a flow.
    pub(crate) fn failed(name: &str, message: impl Into<String>) -> Self {
        Self { name: name.to_owned(), passed: false, message: message.into(), flow: None, decided_by: Vec::new() }
    }
}

impl Cell {
    /// Whether the flow is what the lab asks for.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.actual == Some(self.expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(checks: &[(&str, bool)]) -> Report {
        let check = |(at, (name, passed)): (usize, &(&str, bool))| Check {
            name: (*name).to_owned(),
            passed: *passed,
            message: at.to_string(),
            flow: None,
            decided_by: Vec::new(),
        };
        let checks = checks.iter().enumerate().map(check).collect();
        Report {
            lab: "lab".to_owned(),
            passed: false,
            points: 0.0,
            max_points: 1.0,
            checks,
            mistake: None,
            finding: None,
            incomplete: Vec::new(),
        }
    }

    #[test]
    fn checks_of_one_name_are_told_together_and_those_that_fail_alone() {
        let report = report(&[
            ("in", true),
            ("out", false),
            ("in", false),
            ("out", false),
            ("in", true),
            ("out", false),
            ("out", false),
            ("rest", true),
        ]);
        let words = |checks: &[&Check]| checks.iter().map(|check| check.message.clone()).collect::<String>();
        let told: Vec<_> = report
            .groups()
            .iter()
            .map(|group| (group.name.to_owned(), group.passed, words(group.examples()), words(group.rest())))
            .collect();
        let row = |name: &str, passed, examples: &str, rest: &str| {
            (name.to_owned(), passed, examples.to_owned(), rest.to_owned())
        };
        assert_eq!(told, [row("in", false, "2", ""), row("out", false, "135", "6"), row("rest", true, "7", "")]);
    }
}
