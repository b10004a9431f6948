//! The one sentence that says it all.

use crate::flow::{Decided, Exempt, Side, Trace};
use crate::model::{Action, Direction, FlowText, Tier, phrases};

/// One sentence: the verdict and the one or two reasons that matter.
pub(crate) fn summary(flow: &FlowText, trace: &Trace<'_>) -> String {
    let verdict = trace.verdict();
    let because = if verdict.is_allowed() { allowed_because(flow, trace) } else { blocked(flow, trace) };
    format!("{flow} is {verdict}: {because}.")
}

/// Why the sides that block do so; a side that allows explicitly is worth a word beside it.
fn blocked(flow: &FlowText, trace: &Trace<'_>) -> String {
    let blocking: Vec<&Side<'_>> = trace.blocking_sides().collect();
    let reasons: Vec<String> = blocking.iter().map(|side| blocked_because(flow, side)).collect();
    let reasons = reasons.join("; ");
    let [side] = blocking.as_slice() else { return reasons };
    let (other, of) = match side.direction {
        Direction::Egress => (&trace.ingress, &flow.to),
        Direction::Ingress => (&trace.egress, &flow.from),
    };
    if other.decided == Decided::Policies {
        format!("the {} policies of {of} allow it, but {reasons}", other.direction)
    } else {
        reasons
    }
}

fn allowed_because(flow: &FlowText, trace: &Trace<'_>) -> String {
    match (trace.egress.exempt, trace.ingress.exempt) {
        (Some(Exempt::Itself), _) => return "a pod always reaches itself".to_owned(),
        (_, Some(Exempt::OwnNode)) => return format!("the source is the node that {} runs on", flow.to),
        _ => {}
    }
    let mut reasons = Vec::new();
    for (side, of) in [(&trace.egress, &flow.from), (&trace.ingress, &flow.to)] {
        match (side.exempt, side.decided) {
            (Some(Exempt::HostNetwork), _) => reasons.push(format!("no policy applies to host-network pod {of}")),
            (Some(_), _) => {}
            (None, Decided::Nothing) => reasons.push(format!("no policy isolates {of} for {}", side.direction)),
            (None, Decided::Policies) => {
                let policy = side.policies.iter().find(|policy| policy.matches());
                let name = policy.map_or("", |policy| policy.policy.name.as_str());
                reasons.push(format!("policy {name} admits it on the {} side", side.direction));
            }
            (None, Decided::Cluster(..)) => reasons.push(cluster_reason(side)),
        }
    }
    if reasons.is_empty() { "policies apply to pods only".to_owned() } else { phrases::all_of(&reasons) }
}

fn blocked_because(flow: &FlowText, side: &Side<'_>) -> String {
    let of = if side.direction == Direction::Egress { &flow.from } else { &flow.to };
    if matches!(side.decided, Decided::Cluster(..)) {
        return cluster_reason(side);
    }
    let names: Vec<&str> = side.policies.iter().map(|policy| policy.policy.name.as_str()).collect();
    let noun = if names.len() == 1 { "policy" } else { "policies" };
    let isolated = format!("{of} is isolated for {} by {noun} {}", side.direction, shortened(&names));
    if side.policies.iter().all(|policy| policy.rules.is_empty()) {
        format!("{isolated}, which {} nothing", if names.len() == 1 { "allows" } else { "allow" })
    } else {
        format!("{isolated}, and no rule admits this flow")
    }
}

/// At most three names; the explanation itself lists all.
fn shortened(names: &[&str]) -> String {
    match names {
        [first, second, _, _, ..] => format!("{first}, {second} and {} more", names.len() - 2),
        names => phrases::all_of(names),
    }
}

fn cluster_reason(side: &Side<'_>) -> String {
    let Decided::Cluster(tier, policy, rule) = side.decided else { return String::new() };
    let list = if tier == Tier::Admin { &side.admin } else { &side.baseline };
    let policy = &list[policy];
    let rule = &policy.rules[rule].rule;
    let name = rule.name.as_ref().map(|name| format!(" by its rule \"{name}\"")).unwrap_or_default();
    let does = match rule.action {
        Action::Deny => "denies",
        Action::Accept | Action::Pass => "accepts",
    };
    format!("ClusterNetworkPolicy {} (tier {tier}) {does} it{name} on the {} side", policy.policy.name, side.direction)
}
