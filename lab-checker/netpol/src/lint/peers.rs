//! Findings about who a policy selects and whom its rules name.

use super::catalogue::Lint;
use super::dns::means_unknown_servers;
use super::elsewhere::{Help, help, nearly};
use super::finding::{Finding, finding, peer_field};
use super::pods::{in_scope, pods};
use super::yaml;
use crate::engine::Engine;
use crate::model::phrases::{self, counted, pods_with};
use crate::model::{Direction, NamespaceScope, NetworkPolicy, Peer, Pod, Rule, Selector};

/// Findings about one policy.
pub(crate) fn policy(engine: &Engine, policy: &NetworkPolicy) -> Vec<Finding> {
    let mut findings: Vec<Finding> = selection(engine, policy).into_iter().collect();
    for direction in [Direction::Ingress, Direction::Egress] {
        for (at, rule) in policy.rules(direction).unwrap_or_default().iter().enumerate() {
            findings.extend(peers(engine, policy, direction, at, rule));
            findings.extend(and_or_dash(engine, policy, direction, at, rule));
        }
    }
    findings
}

fn selection(engine: &Engine, policy: &NetworkPolicy) -> Option<Finding> {
    let field = || "spec.podSelector".to_owned();
    let own: Vec<&Pod> = pods(engine).filter(|pod| pod.namespace == policy.namespace).collect();
    let selected: Vec<&&Pod> = own.iter().filter(|pod| policy.pod_selector.matches(&pod.labels)).collect();
    if selected.is_empty() {
        let message = format!("it selects no pod: there are no {}", described(&policy.pod_selector, &policy.namespace));
        let help = nearly(&policy.pod_selector, own.iter().map(|pod| &pod.labels));
        return Some(Finding { help, ..finding(policy, field(), Lint::SelectsNothing, message) });
    }
    let host = selected.iter().filter(|pod| pod.host_network).count();
    (host > 0).then(|| {
        let message = format!(
            "it selects {}: whether policies apply to them is undefined, and mostly they do not",
            counted(host, "host-network pod")
        );
        finding(policy, field(), Lint::SelectsHostNetwork, message)
    })
}

fn peers(engine: &Engine, policy: &NetworkPolicy, direction: Direction, rule_at: usize, rule: &Rule) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, peer) in rule.peers.iter().enumerate() {
        let field = peer_field(direction, rule_at, at);
        match peer {
            Peer::Pods { namespaces, pods: selector } => {
                let there = |pod: &&Pod| in_scope(engine, policy, namespaces, &pod.namespace);
                let (host, in_scope): (Vec<&Pod>, Vec<&Pod>) =
                    pods(engine).filter(there).partition(|pod| pod.host_network);
                if in_scope.iter().any(|pod| selector.matches(&pod.labels)) || means_unknown_servers(engine, peer) {
                    continue;
                }
                let wanted = phrases::peer(peer, &policy.namespace);
                let (message, help) = if host.iter().any(|pod| selector.matches(&pod.labels)) {
                    let message =
                        format!("it matches no pod: {wanted} are host-network pods, which selectors do not see");
                    let words = "name the addresses of their nodes with an ipBlock".to_owned();
                    (message, Help { words: Some(words), fix: None })
                } else {
                    let message = format!("it matches no pod: {}", phrases::there_are_no(&wanted));
                    (message, help(engine, policy, namespaces, selector))
                };
                let found = finding(policy, field, Lint::PeerMatchesNothing, message);
                findings.push(Finding { help: help.words, fix: help.fix, ..found });
            }
            Peer::IpBlock(_) => {}
        }
    }
    findings
}

/// A peer of namespaces only, and behind it one of pods only: two dashes where one may have been meant.
/// Where those namespaces have pods, but none that the second peer would pick, it cannot have been.
fn and_or_dash(
    engine: &Engine,
    policy: &NetworkPolicy,
    direction: Direction,
    rule_at: usize,
    rule: &Rule,
) -> Vec<Finding> {
    let could_be_one = |scope: &NamespaceScope, selector: &Selector| {
        let mut there = pods(engine).filter(|pod| in_scope(engine, policy, scope, &pod.namespace)).peekable();
        there.peek().is_none() || there.any(|pod| selector.matches(&pod.labels))
    };
    let suspicious = rule.peers.windows(2).enumerate().filter_map(|(at, pair)| match pair {
        [
            Peer::Pods { namespaces: scope @ NamespaceScope::Matching(namespaces), pods: all },
            Peer::Pods { namespaces: NamespaceScope::Own, pods },
        ] if all.requirements.is_empty() && !pods.requirements.is_empty() && could_be_one(scope, pods) => {
            let namespaces = phrases::namespaces_with(namespaces);
            let message = format!(
                "two items are alternatives: all pods of {namespaces}, or {} in namespace {}",
                pods_with(pods),
                policy.namespace
            );
            let help = format!(
                "to admit only {} in {namespaces}, write both selectors in one item: remove the dash before podSelector",
                pods_with(pods)
            );
            let field = peer_field(direction, rule_at, at + 1);
            let merged = Peer::Pods { namespaces: scope.clone(), pods: pods.clone() };
            let found = finding(policy, field, Lint::AndOrDash, message);
            Some(found.with_help(help).with_fix(yaml::peer(&merged)))
        }
        _ => None,
    });
    suspicious.collect()
}

fn described(selector: &Selector, namespace: &str) -> String {
    if selector.requirements.is_empty() {
        format!("pods in namespace {namespace}")
    } else {
        format!("{} in namespace {namespace}", pods_with(selector))
    }
}
