//! Findings about who a policy selects and whom its rules name.

use super::dns::means_unknown_servers;
use super::finding::{Finding, Lint, finding, peer_field};
use super::pods::{in_scope, pods};
use crate::engine::Engine;
use crate::model::phrases::{self, counted, pods_with};
use crate::model::{Direction, IpBlock, Labels, NamespaceScope, NetworkPolicy, Peer, Pod, Requirement, Rule, Selector};

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
                    (message, Some("name the addresses of their nodes with an ipBlock".to_owned()))
                } else {
                    let help = nearly(selector, in_scope.iter().map(|pod| &pod.labels));
                    (format!("it matches no pod: {}", phrases::there_are_no(&wanted)), help)
                };
                findings.push(Finding { help, ..finding(policy, field, Lint::PeerMatchesNothing, message) });
            }
            Peer::IpBlock(block) => findings.extend(block_covers_pods(engine, policy, field, block)),
        }
    }
    findings
}

fn block_covers_pods(engine: &Engine, policy: &NetworkPolicy, field: String, block: &IpBlock) -> Option<Finding> {
    let inside = |pod: &&Pod| {
        pod.addresses
            .iter()
            .any(|address| block.cidr.contains(address) && !block.except.iter().any(|hole| hole.contains(address)))
    };
    let count = pods(engine).filter(|pod| !pod.host_network).filter(inside).count();
    (count > 0).then(|| {
        let message = format!(
            "the block {} contains the addresses of {}: a block matches pods too",
            block.cidr,
            counted(count, "pod")
        );
        let help = Some("if only the outside is meant, put the cluster's pod network into `except`".to_owned());
        Finding { help, ..finding(policy, field, Lint::BlockCoversPods, message) }
    })
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
            Some(Finding { help: Some(help), ..finding(policy, field, Lint::AndOrDash, message) })
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

/// The values that a key has where the selector finds none, when that explains it.
fn nearly<'a>(selector: &Selector, labels: impl Iterator<Item = &'a Labels>) -> Option<String> {
    let labels: Vec<&Labels> = labels.collect();
    if labels.is_empty() {
        return Some("no pod at all is there; where the manifests are elsewhere, read them too".to_owned());
    }
    let wanting = selector.requirements.iter().find(|one| !labels.iter().any(|labels| one.matches(labels)))?;
    let Requirement::In { key, .. } = wanting else { return None };
    let mut values: Vec<String> = labels.iter().filter_map(|labels| labels.get(key)).cloned().collect();
    values.sort();
    values.dedup();
    match values.len() {
        0 => Some(format!("no pod there has a label {key}")),
        1..=5 => Some(format!("the pods there have {key}={}", phrases::any_of(&values))),
        more => Some(format!("the pods there have {more} other values of {key}")),
    }
}
