//! Expectations, and what comes out when they are held against a snapshot: plain data.

use netpol::{Place, PortStretch, Verdict};
use serde::Serialize;

use super::pattern::{EndPattern, NamespacePattern, ToPattern};
use crate::check::Check;

/// What may reach what. Of several rules that name a flow, the last counts; of flows that none names, `default`
/// speaks.
#[derive(Clone, Debug)]
pub struct Expectations {
    pub(super) rules: Vec<Rule>,
    pub(super) default: Rule,
    /// Flows that nothing is expected of.
    pub(super) free: Vec<Rule>,
}

/// Flows, and what is expected of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) name: String,
    /// The author's sentence.
    pub(super) why: Option<String>,
    pub(super) from: Vec<EndPattern>,
    pub(super) to: Vec<ToPattern>,
    pub(super) verdict: Verdict,
    pub(super) place: Place,
}

/// What came out.
#[derive(Clone, Debug, Default)]
pub struct Verified {
    /// A check for each rule that holds, and one for each flow that is wrong, in the order of the file.
    pub checks: Vec<VerifiedCheck>,
    /// What was not judged, in sentences. Mostly empty.
    pub incomplete: Vec<String>,
    /// What is probably a typing mistake, in sentences.
    pub warnings: Vec<String>,
}

/// One check, and where it is expected.
#[derive(Clone, Debug, Serialize)]
pub struct VerifiedCheck {
    /// As in a lab.
    #[serde(flatten)]
    pub check: Check,
    /// All ports at which the flow is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<String>,
    /// How many more flows are wrong in the same way, which are not told one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<usize>,
    /// The same for programs of our own.
    #[serde(skip)]
    pub(super) stretches: Vec<PortStretch>,
    /// What its flows must be.
    #[serde(skip)]
    pub(super) expected: Verdict,
    /// Where it stands what is expected.
    #[serde(flatten)]
    pub place: Place,
    /// Whether it is known to fail, and lets nothing fail.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
}

impl VerifiedCheck {
    pub(super) fn of(rule: &Rule, check: Check) -> Self {
        let (expected, place) = (rule.verdict, rule.place.clone());
        Self { check, ports: None, more: None, stretches: Vec::new(), expected, place, known: false }
    }
}

impl Verified {
    /// Whether nothing fails that is not known to.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.check.passed || check.known)
    }
}

impl Rule {
    /// What it must not be.
    pub(super) fn opposite(&self) -> Verdict {
        Verdict::from_allowed(!self.verdict.is_allowed())
    }
}

impl Expectations {
    /// The same, where namespaces are called otherwise.
    #[must_use]
    pub fn calling_namespaces(mut self, called: impl Fn(&str) -> String) -> Self {
        for rule in self.rules.iter_mut().chain(&mut self.free) {
            for end in rule.from.iter_mut().chain(rule.to.iter_mut().map(|to| &mut to.end)) {
                if let EndPattern::Pods { namespaces: NamespacePattern::Named(name), .. } = end {
                    *name = called(name);
                }
            }
        }
        self
    }
}
