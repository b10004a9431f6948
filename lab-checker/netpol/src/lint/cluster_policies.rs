//! Findings about ClusterNetworkPolicies: subjects and peers that match nothing, and priorities that
//! leave open which policy comes first.

use super::catalogue::Lint;
use super::dns::are_unknown_servers;
use super::finding::{Finding, peer_field};
use super::pods::selectable_pods;
use crate::engine::Engine;
use crate::model::{
    ClusterNetworkPolicy, ClusterPeer, Direction, Labels, NamespacedPods, Pod, Selector, Subject, phrases,
};

/// Findings about all of them.
pub(crate) fn findings(engine: &Engine) -> Vec<Finding> {
    let policies = &engine.snapshot().cluster_policies;
    let mut findings = Vec::new();
    for (at, policy) in policies.iter().enumerate() {
        findings.extend(subject(engine, policy));
        findings.extend(peers(engine, policy));
        findings.extend(policies[at + 1..].iter().filter_map(|other| same_priority(engine, policy, other)));
    }
    findings
}

fn finding(policy: &ClusterNetworkPolicy, field: String, lint: Lint, message: String) -> Finding {
    Finding::new(policy.name.clone(), field, lint, message)
}

fn subject(engine: &Engine, policy: &ClusterNetworkPolicy) -> Option<Finding> {
    if selectable_pods(engine).any(|(pod, labels)| policy.subject.matches(labels, &pod.labels)) {
        return None;
    }
    let wanted = match &policy.subject {
        Subject::Namespaces(selector) => format!("pods in {}", phrases::namespaces_with(selector)),
        Subject::Pods(both) => phrases::namespaced_pods(both),
    };
    let message = format!("it selects no pod: {}", phrases::there_are_no(&wanted));
    Some(finding(policy, "spec.subject".to_owned(), Lint::SelectsNothing, message))
}

fn peers(engine: &Engine, policy: &ClusterNetworkPolicy) -> Vec<Finding> {
    let mut findings = Vec::new();
    for direction in [Direction::Ingress, Direction::Egress] {
        for (rule_at, rule) in policy.rules(direction).iter().enumerate() {
            for (at, peer) in rule.peers.iter().enumerate() {
                let (namespaces, selected) = match peer {
                    ClusterPeer::Namespaces(selector) => (selector, &Selector::everything()),
                    ClusterPeer::Pods(NamespacedPods { namespaces, pods }) => (namespaces, pods),
                    _ => continue,
                };
                let matches =
                    |(pod, labels): (&Pod, &Labels)| namespaces.matches(labels) && selected.matches(&pod.labels);
                if !selectable_pods(engine).any(matches) && !are_unknown_servers(engine, namespaces, selected) {
                    let message = format!("it matches no pod: {}", phrases::there_are_no(&phrases::cluster_peer(peer)));
                    let field = peer_field(direction, rule_at, at);
                    findings.push(finding(policy, field, Lint::PeerMatchesNothing, message));
                }
            }
        }
    }
    findings
}

/// Two policies of one tier and priority that have a say about the same pod in the same direction.
fn same_priority(engine: &Engine, policy: &ClusterNetworkPolicy, other: &ClusterNetworkPolicy) -> Option<Finding> {
    let both_have = |direction: Direction| !policy.rules(direction).is_empty() && !other.rules(direction).is_empty();
    let both_select =
        |(pod, labels): (&Pod, &Labels)| [policy, other].iter().all(|one| one.subject.matches(labels, &pod.labels));
    let meet = (policy.tier, policy.priority) == (other.tier, other.priority)
        && (both_have(Direction::Ingress) || both_have(Direction::Egress))
        && selectable_pods(engine).any(both_select);
    meet.then(|| {
        let message = format!(
            "{} has the same priority {} in tier {}: where they contradict each other, which one wins is undefined",
            other.name, policy.priority, policy.tier
        );
        let help = Some("give them different priorities".to_owned());
        Finding { help, ..finding(policy, "spec.priority".to_owned(), Lint::SamePriority, message) }
    })
}
