//! Expectations: what may reach what in somebody's own manifests, and whether it does. Every flow of the universe is
//! judged, those of pods and addresses of tomorrow too.

mod describe;
mod ends;
mod init;
mod judge;
mod pattern;
mod read;
mod tell;

use netpol::{Engine, Place, PortStretch, Verdict};
use serde::Serialize;
use serde_json::Value;

use self::pattern::{EndPattern, ToPattern};
use crate::check::Check;
use crate::files::CourseErrors;

/// What may reach what. Of several rules that name a flow, the last counts; of flows that none names, `default`
/// speaks.
#[derive(Clone, Debug)]
pub struct Expectations {
    rules: Vec<Rule>,
    default: Rule,
    /// Flows that nothing is expected of.
    free: Vec<Rule>,
}

/// Flows, and what is expected of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    name: String,
    /// The author's sentence.
    why: Option<String>,
    from: Vec<EndPattern>,
    to: Vec<ToPattern>,
    verdict: Verdict,
    place: Place,
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
    /// The same for programs of our own.
    #[serde(skip)]
    stretches: Vec<PortStretch>,
    /// What its flows must be.
    #[serde(skip)]
    expected: Verdict,
    /// Where it stands what is expected.
    #[serde(flatten)]
    pub place: Place,
    /// Whether it is known to fail, and lets nothing fail.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
}

impl Expectations {
    /// Reads expectations.
    ///
    /// # Errors
    /// All that is wrong in the text.
    pub fn read(file: &str, text: &str) -> Result<Self, CourseErrors> {
        read::read(file, text)
    }

    /// Judges a snapshot, made of these objects.
    ///
    /// # Errors
    /// When a pod is named that is not there.
    pub fn verify(&self, engine: &Engine, objects: &[Value]) -> Result<Verified, CourseErrors> {
        judge::judge(self, engine, objects)
    }

    /// What is true today, as a text to read expectations from.
    #[must_use]
    pub fn of_today(engine: &Engine, objects: &[Value]) -> String {
        init::text(engine, objects)
    }
}

impl VerifiedCheck {
    fn of(rule: &Rule, check: Check) -> Self {
        let (expected, place) = (rule.verdict, rule.place.clone());
        Self { check, ports: None, stretches: Vec::new(), expected, place, known: false }
    }
}

impl Verified {
    /// Whether nothing fails that is not known to.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.check.passed || check.known)
    }
}
