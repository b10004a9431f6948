//! What is probably wrong with what a learner wrote, in one sentence: what the engine finds suspicious in their own
//! policies, or the side of a flow that they forgot.

use std::collections::BTreeSet;

use manifest::ObjectId;
use netpol::{Explanation, Lint, Verdict};

use super::report::Finding;
use crate::labs::{Lab, ReachabilityGoal};
use crate::reachability::{CellKey, EndpointKind, Observation};

/// With more policies than these, nobody could say which of them is meant.
const MOST_POLICIES: usize = 200;

/// What is told first; what is not here is no mistake by itself.
const ORDER: [Lint; 7] = [
    Lint::UnlistedDirection,
    Lint::AndOrDash,
    Lint::SelectsNothing,
    Lint::PeerMatchesNothing,
    Lint::PortNobodyServes,
    Lint::DnsForgotten,
    Lint::BlockCoversPods,
];

/// What is probably wrong with an answer.
pub(crate) fn finding(lab: &Lab, goal: &ReachabilityGoal, observation: &Observation) -> Option<Finding> {
    let policies = &observation.look.snapshot().policies;
    if policies.len() > MOST_POLICIES {
        return None;
    }
    of_lint(lab, goal, observation).or_else(|| forgotten_side(goal, observation))
}

/// Cells that must be allowed and are blocked.
fn blocked<'a>(goal: &'a ReachabilityGoal, observation: &'a Observation) -> impl Iterator<Item = &'a CellKey> {
    let cells = goal.flows.cells.iter().zip(&goal.expected).zip(&observation.seen);
    let wrong = cells.filter(|((_, expected), seen)| {
        expected.verdict == Verdict::Allowed && seen.verdict() == Some(Verdict::Blocked)
    });
    wrong.map(|((cell, _), _)| cell)
}

fn of_lint(lab: &Lab, goal: &ReachabilityGoal, observation: &Observation) -> Option<Finding> {
    // Many a lab asks for pods that ask no names.
    let needs_dns = blocked(goal, observation).any(|cell| goal.flows.endpoints[cell.to].kind == EndpointKind::Dns);
    let of_start: BTreeSet<String> = lab
        .start_objects()
        .iter()
        .map(ObjectId::of)
        .map(|id| id.namespace.map_or_else(|| id.name.clone(), |namespace| format!("{namespace}/{}", id.name)))
        .collect();
    let findings = netpol::lint_for(&observation.look.engine, &ORDER);
    let rank = |finding: &netpol::Finding| ORDER.iter().position(|lint| *lint == finding.lint);
    let own = findings.into_iter().filter(|finding| !of_start.contains(&finding.policy));
    let own = own.filter(|finding| needs_dns || finding.lint != Lint::DnsForgotten);
    let first = own.filter_map(|finding| Some((rank(&finding)?, finding))).min_by_key(|(rank, _)| *rank)?.1;
    Some(Finding { policy: first.policy, field: first.field, message: first.message, help: first.help, place: None })
}

/// A flow that must get through, and that one side lets through by a rule while the other has none for it.
fn forgotten_side(goal: &ReachabilityGoal, observation: &Observation) -> Option<Finding> {
    blocked(goal, observation).find_map(|cell| {
        let explanation = observation.explanation(cell, Verdict::Blocked)?;
        one_sided(&explanation, &goal.flows.flow(cell).to_string())
    })
}

fn one_sided(explanation: &Explanation, flow: &str) -> Option<Finding> {
    let Explanation { egress, ingress, .. } = explanation;
    let (there, missing, told) = match (egress.verdict, ingress.verdict) {
        (Verdict::Allowed, Verdict::Blocked) => {
            (egress, ingress, "may leave its source, but its destination does not let it in: ingress is missing there")
        }
        (Verdict::Blocked, Verdict::Allowed) => {
            (ingress, egress, "would be let in, but its source may not send it: egress is missing there")
        }
        _ => return None,
    };
    if !there.isolated || !missing.isolated {
        return None;
    }
    let direction = if std::ptr::eq(missing, ingress) { "ingress" } else { "egress" };
    Some(Finding {
        policy: missing.policies.first().map(|policy| policy.policy.clone()).unwrap_or_default(),
        field: format!("spec.{direction}"),
        message: format!("{flow} {told}"),
        help: Some("where both ends are isolated, a flow needs a rule on either side".to_owned()),
        place: None,
    })
}
