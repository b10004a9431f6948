//! A finding: what is suspicious, where it stands, and what to try.

use serde::Serialize;

use crate::model::{Direction, NetworkPolicy, phrases};

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lint {
    /// The policy selects no pod.
    SelectsNothing,
    /// A peer matches no pod.
    PeerMatchesNothing,
    /// Everything that a rule admits is admitted by another rule too.
    RedundantRule,
    /// Pods may open connections, but cannot ask the cluster's DNS for names.
    DnsForgotten,
    /// Two peers that are alternatives look as if both were meant to hold.
    AndOrDash,
    /// No pod that the rule is about declares this port.
    PortNobodyServes,
    /// A block of addresses contains addresses of pods.
    BlockCoversPods,
    /// The policy has rules for a direction that its `policyTypes` do not list.
    UnlistedDirection,
    /// The policy selects host-network pods, which is undefined.
    SelectsHostNetwork,
    /// Two ClusterNetworkPolicies of one tier have the same priority.
    SamePriority,
}

/// Something suspicious.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The policy: `namespace/name`, or a ClusterNetworkPolicy's name.
    pub policy: String,
    /// Where in it, such as `spec.ingress[0].from[1]`.
    pub field: String,
    /// What kind of finding.
    pub lint: Lint,
    /// What is suspicious, in a sentence.
    pub message: String,
    /// What to try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: {}", self.policy, self.field, self.message)
    }
}

/// Collects a policy's findings.
pub(crate) fn finding(policy: &NetworkPolicy, field: String, lint: Lint, message: String) -> Finding {
    Finding { policy: full_name(policy), field, lint, message, help: None }
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
