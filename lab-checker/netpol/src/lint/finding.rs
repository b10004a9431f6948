//! A finding: what is suspicious, where it stands, and what to try.

use serde::Serialize;

use super::catalogue::{Lint, Severity};
use crate::model::{Direction, NetworkPolicy, phrases};

/// Something suspicious.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The policy: `namespace/name`, or a ClusterNetworkPolicy's name.
    pub policy: String,
    /// Where in it, such as `spec.ingress[0].from[1]`.
    pub field: String,
    /// What kind of finding.
    pub lint: Lint,
    /// How much it matters.
    pub severity: Severity,
    /// What is suspicious, in a sentence.
    pub message: String,
    /// What to try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// YAML that says what was probably meant: of the field, or of the list that it stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl Finding {
    /// A finding without help.
    #[must_use]
    pub fn new(policy: String, field: String, lint: Lint, message: String) -> Self {
        Self { policy, field, lint, severity: lint.severity(), message, help: None, fix: None }
    }

    /// The same with something to try.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The same with the YAML that was probably meant.
    #[must_use]
    pub fn with_fix(self, fix: String) -> Self {
        Self { fix: Some(fix), ..self }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: {}", self.policy, self.field, self.message)
    }
}

/// Collects a policy's findings.
pub(crate) fn finding(policy: &NetworkPolicy, field: String, lint: Lint, message: String) -> Finding {
    Finding::new(full_name(policy), field, lint, message)
}

/// `namespace/name`.
pub(crate) fn full_name(policy: &NetworkPolicy) -> String {
    format!("{}/{}", policy.namespace, policy.name)
}

/// `spec.ingress[0]`.
pub(crate) fn rule_field(direction: Direction, rule: usize) -> String {
    format!("spec.{direction}[{rule}]")
}

/// `spec.ingress[0].from[1]`.
pub(crate) fn peer_field(direction: Direction, rule: usize, peer: usize) -> String {
    format!("{}.{}[{peer}]", rule_field(direction, rule), phrases::preposition(direction))
}
