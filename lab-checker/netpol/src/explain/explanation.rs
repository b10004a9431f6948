//! Why a flow is allowed or blocked, as data: what `explain -o json` prints.

use serde::Serialize;

use super::decision::Decision;
use crate::model::{FlowText, Verdict};

/// Why one flow is allowed or blocked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The flow that was asked about.
    pub flow: FlowText,
    /// Whether it gets through. Through a Service: whether it gets through to every pod behind it.
    pub verdict: Verdict,
    /// The pods on whose addresses the verdict depends, which nobody has told; it is then only what it is for some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// What the policies on the source say.
    pub egress: SideExplanation,
    /// What the policies on the destination say.
    pub ingress: SideExplanation,
    /// One sentence that says it all.
    pub summary: String,
    /// Which pieces of which policies decide it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decided_by: Vec<Decision>,
    /// For a blocked flow: what would have to be different, the least first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nearest_misses: Vec<String>,
    /// What the standard leaves undefined about this flow, and other things worth knowing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// For a flow to a Service: the same for every pod behind it, at the pod's own port.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub backends: Vec<Explanation>,
}

/// What the policies on one side of a flow say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SideExplanation {
    /// Whether this side lets the flow through.
    pub verdict: Verdict,
    /// Whether a NetworkPolicy isolates the pod in this direction.
    pub isolated: bool,
    /// The policies that were asked, in order: those that isolate the pod, and the
    /// ClusterNetworkPolicies that have it as their subject.
    pub policies: Vec<PolicyExplanation>,
    /// Why this side says what it says.
    pub reason: String,
}

/// What one policy says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyExplanation {
    /// `namespace/name`, or the name alone for a ClusterNetworkPolicy.
    pub policy: String,
    /// `NetworkPolicy` or `ClusterNetworkPolicy`.
    pub kind: &'static str,
    /// Whether one of its rules matches the flow.
    pub matched: bool,
    /// Whether its turn came at all; false when a policy before it had decided already.
    #[serde(skip_serializing_if = "Clone::clone")]
    pub asked: bool,
    /// Why it matches or does not, or why it was not asked.
    pub reason: String,
    /// Its rules for this direction, in order; of a ClusterNetworkPolicy those that were reached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleExplanation>,
}

/// What one rule says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleExplanation {
    /// The rule's number in its list, from 1.
    pub rule: usize,
    /// What it asks for, in words.
    pub admits: String,
    /// Whether it matches the flow.
    pub matched: bool,
    /// Why it matches or does not.
    pub reason: String,
}

impl PolicyExplanation {
    /// Whether its rules say less than its reason does: there are none, or the reason tells where in
    /// the order of tiers it stands.
    #[must_use]
    pub fn reason_says_more(&self) -> bool {
        self.rules.is_empty() || self.kind == "ClusterNetworkPolicy"
    }
}
