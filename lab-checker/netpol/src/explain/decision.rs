//! Which piece of which policy decides a flow: what an editor would put its cursor on.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::flow::{ClusterRuleTrace, Decided, PeerMatch, RuleTrace, Side, Trace};
use crate::model::{Direction, Tier, phrases};

/// A piece of a policy that decides a flow. Indexes count from 0, as in the field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// `namespace/name`, or the name alone for a ClusterNetworkPolicy.
    pub policy: String,
    /// `NetworkPolicy` or `ClusterNetworkPolicy`.
    pub kind: String,
    /// The side that it decides.
    pub direction: Direction,
    /// The rule that matches; none where the policy isolates a pod and no rule of any policy matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<usize>,
    /// The peer that matches; none where the rule has no peers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<usize>,
    /// The port that matches; none where the rule has no ports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<usize>,
    /// Where that stands in the object, such as `spec.ingress[0].from[1]`: the peer, else the port, else the rule.
    pub field: String,
    /// Where that stands in the text, when whoever read the policy knows it.
    #[serde(default, flatten, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// A place in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file, as it was named; none where there is one text alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
}

/// `policies.yaml:12`, or `line 12`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{file}:{}", self.line),
            None => write!(f, "line {}", self.line),
        }
    }
}

/// What decides a flow: of one that gets through, on both sides; of one that does not, on the sides that block it.
/// A side that no policy isolates is decided by nothing.
pub(crate) fn decisions(trace: &Trace<'_>) -> Vec<Decision> {
    let allowed = trace.verdict().is_allowed();
    let sides = [&trace.egress, &trace.ingress].into_iter();
    sides.filter(|side| allowed || !side.verdict.is_allowed()).flat_map(of_side).collect()
}

fn of_side(side: &Side<'_>) -> Vec<Decision> {
    match side.decided {
        Decided::Nothing => Vec::new(),
        Decided::Cluster(tier, policy, rule) => {
            let list = if tier == Tier::Admin { &side.admin } else { &side.baseline };
            vec![of_cluster_rule(side.direction, &list[policy].policy.name, rule, &list[policy].rules[rule])]
        }
        Decided::Policies => {
            let name = |policy: &crate::model::NetworkPolicy| format!("{}/{}", policy.namespace, policy.name);
            let admitting = side.policies.iter().find_map(|policy| {
                let rule = policy.rules.iter().position(RuleTrace::matches)?;
                Some(of_rule(side.direction, name(policy.policy), rule, &policy.rules[rule]))
            });
            match admitting {
                Some(decision) => vec![decision],
                None => side.policies.iter().map(|policy| isolating(side.direction, name(policy.policy))).collect(),
            }
        }
    }
}

fn isolating(direction: Direction, policy: String) -> Decision {
    let field = "spec.podSelector".to_owned();
    Decision {
        policy,
        kind: "NetworkPolicy".to_owned(),
        direction,
        rule: None,
        peer: None,
        port: None,
        field,
        place: None,
    }
}

fn of_rule(direction: Direction, policy: String, rule: usize, trace: &RuleTrace<'_>) -> Decision {
    let peer = trace.peers.iter().position(|peer| *peer == PeerMatch::Yes);
    let port = trace.ports.iter().position(|matched| *matched);
    Decision {
        policy,
        kind: "NetworkPolicy".to_owned(),
        direction,
        rule: Some(rule),
        peer,
        port,
        field: field(direction, rule, peer, port),
        place: None,
    }
}

fn of_cluster_rule(direction: Direction, policy: &str, rule: usize, trace: &ClusterRuleTrace<'_>) -> Decision {
    let peer = trace.peers.iter().position(|peer| *peer == PeerMatch::Yes);
    Decision {
        policy: policy.to_owned(),
        kind: "ClusterNetworkPolicy".to_owned(),
        direction,
        rule: Some(rule),
        peer,
        port: trace.ports.iter().position(|matched| *matched),
        // It names its ports otherwise, and it always has peers.
        field: field(direction, rule, peer, None),
        place: None,
    }
}

fn field(direction: Direction, rule: usize, peer: Option<usize>, port: Option<usize>) -> String {
    let rule = format!("spec.{direction}[{rule}]");
    match (peer, port) {
        (Some(peer), _) => format!("{rule}.{}[{peer}]", phrases::preposition(direction)),
        (None, Some(port)) => format!("{rule}.ports[{port}]"),
        (None, None) => rule,
    }
}
