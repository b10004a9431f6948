//! Turning a [`Trace`] into an [`Explanation`]: what every policy and rule said, in words.

use super::decision::decisions;
use super::explanation::{Explanation, PolicyExplanation, RuleExplanation, SideExplanation};
use super::mismatch::mismatch;
use super::nearest_miss::nearest_misses;
use super::notes::notes;
use super::summary::summary;
use crate::flow::{
    ClusterRuleTrace, ClusterTrace, Decided, Exempt, Path, PeerMatch, PolicyTrace, RuleTrace, Side, evaluate,
};
use crate::model::{Direction, Directory, FlowText, Tier, phrases};

/// Explains one path, from source to destination pod or address.
pub(crate) fn explain_path(from: String, to: String, path: &Path<'_>, directory: Directory<'_>) -> Explanation {
    let trace = evaluate(path, directory);
    let flow = FlowText { from, to, port: path.port, protocol: path.protocol };
    let explainer = PathExplainer { path, directory };
    Explanation {
        verdict: trace.verdict(),
        depends_on: Vec::new(),
        egress: explainer.side(&trace.egress),
        ingress: explainer.side(&trace.ingress),
        summary: summary(&flow, &trace),
        decided_by: decisions(&trace),
        nearest_misses: nearest_misses(path, &trace, directory),
        notes: notes(path, &trace, directory),
        backends: Vec::new(),
        flow,
    }
}

struct PathExplainer<'a, 'p> {
    path: &'p Path<'a>,
    directory: Directory<'p>,
}

impl PathExplainer<'_, '_> {
    fn side(&self, side: &Side<'_>) -> SideExplanation {
        let (decided_by_admin, decided_before_baseline) = (before_policies(side), before_baseline(side));
        let admin = side.admin.iter().map(|trace| self.cluster_policy(side.direction, trace));
        let policies = side.policies.iter().map(|trace| self.policy(side.direction, trace));
        let policies = policies.map(|told| unless_decided(told, decided_by_admin));
        let baseline = side.baseline.iter().map(|trace| self.cluster_policy(side.direction, trace));
        let baseline = baseline.map(|told| unless_decided(told, decided_before_baseline));
        SideExplanation {
            verdict: side.verdict,
            isolated: side.is_isolated(),
            policies: admin.chain(policies).chain(baseline).collect(),
            reason: side_reason(side),
        }
    }

    fn policy(&self, direction: Direction, trace: &PolicyTrace<'_>) -> PolicyExplanation {
        let namespace = &trace.policy.namespace;
        let rules = trace.rules.iter().enumerate().map(|(at, rule)| RuleExplanation {
            rule: at + 1,
            admits: phrases::rule(rule.rule, namespace),
            matched: rule.matches(),
            reason: self.rule_reason(direction, rule, namespace),
        });
        let rules: Vec<RuleExplanation> = rules.collect();
        PolicyExplanation {
            policy: format!("{namespace}/{}", trace.policy.name),
            kind: "NetworkPolicy",
            matched: trace.matches(),
            asked: true,
            reason: policy_reason(direction, &rules),
            rules,
        }
    }

    fn rule_reason(&self, direction: Direction, trace: &RuleTrace<'_>, namespace: &str) -> String {
        if trace.matches() {
            return match (trace.peers.len(), trace.ports.len()) {
                (0, 0) => "it admits everything".to_owned(),
                (0 | 1, 0 | 1) => "it admits the flow".to_owned(),
                _ => format!("it admits the flow: {}", self.admitted(trace, namespace)),
            };
        }
        let mut reasons = Vec::new();
        if !trace.peer_matches() {
            let peers = trace.peers.iter().zip(&trace.rule.peers);
            let told =
                |(result, peer)| self.peer_reason(direction, result, phrases::peer(peer, namespace), trace.peers.len());
            reasons.extend(peers.map(told));
        }
        if !trace.port_matches() {
            reasons.push(self.port_reason(&phrases::ports(&trace.rule.ports)));
        }
        reasons.join("; ")
    }

    /// The part of a matching rule that matched.
    fn admitted(&self, trace: &RuleTrace<'_>, namespace: &str) -> String {
        let matching = trace.peers.iter().zip(&trace.rule.peers).find(|(result, _)| **result == PeerMatch::Yes);
        let peer = matching.map_or_else(|| "anybody".to_owned(), |(_, peer)| phrases::peer(peer, namespace));
        let port = trace.ports.iter().zip(&trace.rule.ports).find(|(matched, _)| **matched);
        let port = port.map_or_else(|| "any port".to_owned(), |(_, port)| phrases::port(port));
        format!("{peer}, on {port}")
    }

    /// Why a peer does not match; of several it says which.
    fn peer_reason(&self, direction: Direction, result: &PeerMatch<'_>, peer: String, count: usize) -> String {
        let other = self.path.other(direction);
        let namespace = other.pod.and_then(|pod| self.directory.namespace_labels(&pod.namespace));
        let why = mismatch(result, other, namespace);
        if count == 1 { why } else { format!("{} {peer}: {why}", phrases::preposition(direction)) }
    }

    fn port_reason(&self, wanted: &str) -> String {
        format!("it is about {wanted}, the flow goes to port {}/{}", self.path.port, self.path.protocol)
    }

    fn cluster_policy(&self, direction: Direction, trace: &ClusterTrace<'_>) -> PolicyExplanation {
        let rules = trace.rules.iter().enumerate().map(|(at, rule)| RuleExplanation {
            rule: at + 1,
            admits: cluster_rule_words(direction, rule),
            matched: rule.matches(),
            reason: self.cluster_rule_reason(direction, rule),
        });
        let rules: Vec<RuleExplanation> = rules.collect();
        let standing = format!("tier {}, priority {}", trace.policy.tier, trace.policy.priority);
        let reason = match trace.matched() {
            Some(at) => {
                let rule = &trace.rules[at].rule;
                let name = rule.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
                format!("{standing}: {direction} rule {}{name} matches, its action is {}", at + 1, rule.action)
            }
            None => format!("{standing}: none of its {direction} rules matches"),
        };
        PolicyExplanation {
            policy: trace.policy.name.clone(),
            kind: "ClusterNetworkPolicy",
            matched: trace.matched().is_some(),
            asked: true,
            reason,
            rules,
        }
    }

    fn cluster_rule_reason(&self, direction: Direction, trace: &ClusterRuleTrace<'_>) -> String {
        if trace.matches() {
            return format!("it matches, and its action is {}", trace.rule.action);
        }
        let mut reasons = Vec::new();
        if !trace.peer_matches() {
            let peers = trace.peers.iter().zip(&trace.rule.peers);
            let told =
                |(result, peer)| self.peer_reason(direction, result, phrases::cluster_peer(peer), trace.peers.len());
            reasons.extend(peers.map(told));
        }
        if !trace.port_matches() {
            reasons.push(self.port_reason(&phrases::cluster_ports(trace.rule)));
        }
        reasons.join("; ")
    }
}

/// What keeps NetworkPolicies from being asked.
fn before_policies(side: &Side<'_>) -> Option<&'static str> {
    matches!(side.decided, Decided::Cluster(Tier::Admin, ..)).then_some("tier Admin comes first and has decided")
}

/// What keeps tier Baseline from being asked.
fn before_baseline(side: &Side<'_>) -> Option<&'static str> {
    let isolated = "NetworkPolicies isolate the pod, and they come before tier Baseline";
    before_policies(side).or((side.decided == Decided::Policies).then_some(isolated))
}

fn unless_decided(told: PolicyExplanation, decided: Option<&str>) -> PolicyExplanation {
    match decided {
        Some(why) => PolicyExplanation { asked: false, reason: format!("not asked: {why}"), ..told },
        None => told,
    }
}

fn cluster_rule_words(direction: Direction, trace: &ClusterRuleTrace<'_>) -> String {
    let peers: Vec<String> = trace.rule.peers.iter().map(phrases::cluster_peer).collect();
    let preposition = phrases::preposition(direction);
    format!(
        "{} {preposition} {}, on {}",
        trace.rule.action,
        phrases::any_of(&peers),
        phrases::cluster_ports(trace.rule)
    )
}

fn policy_reason(direction: Direction, rules: &[RuleExplanation]) -> String {
    match (rules, rules.iter().find(|rule| rule.matched)) {
        ([], _) => format!("it has no {direction} rules"),
        (_, Some(rule)) => format!("{direction} rule {}: {}", rule.rule, rule.reason),
        ([rule], None) => format!("its only {direction} rule, for {}, does not match: {}", rule.admits, rule.reason),
        (rules, None) => format!("none of its {} {direction} rules matches", rules.len()),
    }
}

fn side_reason(side: &Side<'_>) -> String {
    let direction = side.direction;
    if let Some(exempt) = side.exempt {
        return match exempt {
            Exempt::Address => "policies apply to pods, and this end is an address".to_owned(),
            Exempt::HostNetwork => "policies do not apply to host-network pods".to_owned(),
            Exempt::Itself => "a pod can always reach itself".to_owned(),
            Exempt::OwnNode => "a pod can always be reached from its own node".to_owned(),
        };
    }
    match side.decided {
        Decided::Nothing => format!("no policy isolates it for {direction}"),
        Decided::Cluster(tier, policy, rule) => {
            let list = if tier == Tier::Admin { &side.admin } else { &side.baseline };
            let policy = &list[policy];
            let action = policy.rules[rule].rule.action;
            format!("{direction} rule {} of ClusterNetworkPolicy {} says {action}", rule + 1, policy.policy.name)
        }
        Decided::Policies => {
            let isolating: Vec<String> =
                side.policies.iter().map(|one| format!("{}/{}", one.policy.namespace, one.policy.name)).collect();
            let isolated = format!("isolated for {direction} by {}", phrases::all_of(&isolating));
            match side.policies.iter().find(|policy| policy.matches()) {
                Some(one) => format!("{isolated}; {}/{} admits the flow", one.policy.namespace, one.policy.name),
                None => format!("{isolated}; no rule admits the flow"),
            }
        }
    }
}
