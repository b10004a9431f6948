//! Findings that need the compiled policies: rules that others make redundant, and pods that cannot
//! ask for names.

use crate::compiled::{Compiled, CompiledRule, RulePort};
use crate::lint::{Finding, Lint, finding, full_name, rule_field};
use crate::table::Table;
use crate::{Direction, Engine, PortSpec, Protocol};

/// Rules that admit nothing that another rule does not admit for the same pods too.
pub(crate) fn redundant_rules(engine: &Engine) -> Vec<Finding> {
    let (compiled, policies) = (engine.compiled(), &engine.snapshot().policies);
    let mut findings = Vec::new();
    for direction in [Direction::Ingress, Direction::Egress] {
        let rules: Vec<(usize, usize, &CompiledRule)> = all_rules(compiled, direction).collect();
        for &(policy, at, rule) in &rules {
            if rule.peers(0).is_clear() || compiled.policies[policy].selected.is_clear() {
                continue;
            }
            let other = rules.iter().find(|&&(other, other_at, over)| {
                (other, other_at) != (policy, at)
                    && selects_all_of(compiled, other, policy)
                    && covers(compiled, over, rule)
                    // Of two rules that cover each other the first one stays.
                    && (!(selects_all_of(compiled, policy, other) && covers(compiled, rule, over))
                        || (other, other_at) < (policy, at))
            });
            if let Some((other, other_at, _)) = other {
                let by = match other == &policy {
                    true => format!("{direction} rule {}", other_at + 1),
                    false => format!("{direction} rule {} of {}", other_at + 1, full_name(&policies[*other])),
                };
                let message = format!("everything that it admits is admitted by {by} too");
                let field = rule_field(direction, at);
                findings.push(finding(&policies[policy], field, Lint::RedundantRule, message));
            }
        }
    }
    findings
}

fn all_rules(compiled: &Compiled, direction: Direction) -> impl Iterator<Item = (usize, usize, &CompiledRule)> {
    let policies = compiled.policies.iter().enumerate();
    policies.flat_map(move |(at, policy)| {
        let rules = policy.rules[direction.slot()].iter().flatten().enumerate();
        rules.map(move |(rule_at, rule)| (at, rule_at, rule))
    })
}

fn selects_all_of(compiled: &Compiled, policy: usize, other: usize) -> bool {
    policy == other || compiled.policies[other].selected.is_subset(&compiled.policies[policy].selected)
}

/// Whether one rule admits all that another admits.
fn covers(compiled: &Compiled, over: &CompiledRule, rule: &CompiledRule) -> bool {
    let ports = over.ports.is_empty()
        || !rule.ports.is_empty()
            && rule.ports.iter().all(|port| over.ports.iter().any(|wide| covers_port(wide, port)));
    ports && (0..compiled.planes).all(|plane| rule.peers(plane).is_subset(over.peers(plane)))
}

fn covers_port(wide: &RulePort, port: &RulePort) -> bool {
    match (wide, port) {
        (RulePort::Range(a, from, to), RulePort::Range(b, first, last)) => a == b && from <= first && last <= to,
        (RulePort::Range(a, 0, u16::MAX), RulePort::Named(Some(b), _)) => a == b,
        (RulePort::Named(..), RulePort::Named(..)) => wide == port,
        _ => false,
    }
}

/// Policies that let pods open some connections, while those pods cannot ask the cluster's DNS.
pub(crate) fn dns_forgotten(engine: &Engine) -> Vec<Finding> {
    let (compiled, snapshot) = (engine.compiled(), engine.snapshot());
    let table = Table::new(compiled, compiled.words.port_class(Protocol::Udp, 53));
    let servers: Vec<u32> = snapshot
        .pods
        .iter()
        .zip(&compiled.classes.of_pod)
        .filter(|(pod, _)| pod.is_endpoint() && pod.namespace == "kube-system")
        .filter(|(pod, _)| pod.labels.get("k8s-app").is_some_and(|app| app == "kube-dns"))
        .map(|(_, class)| *class)
        .collect();
    let asks = |class: usize| {
        let out = table.row(0, Direction::Egress, compiled.applying[0].of_class[class]);
        if servers.is_empty() { !out.is_clear() } else { servers.iter().any(|server| out.contains(*server as usize)) }
    };
    let mut findings = Vec::new();
    for (policy, compiled) in snapshot.policies.iter().zip(&compiled.policies) {
        let Some(rules) = policy.egress.as_ref().filter(|rules| !rules.is_empty()) else { continue };
        let dumb = compiled.selected.ones().filter(|class| !asks(*class)).count();
        if dumb == 0 {
            continue;
        }
        // A rule that names port 53 shows that somebody thought of DNS: what is wrong then is a peer.
        let names_dns = rules
            .iter()
            .flat_map(|rule| &rule.ports)
            .any(|port| matches!(&port.port, PortSpec::Range { from, to } if (*from..=*to).contains(&53)));
        let message = "its pods may open connections, but no egress rule lets them ask the cluster's DNS at 53/UDP";
        let help = match names_dns {
            true => {
                "a rule names port 53, but its peers do not match the DNS pods (namespace kube-system, k8s-app=kube-dns)"
            }
            false => {
                "add an egress rule to the pods with k8s-app=kube-dns in namespace kube-system, ports 53/UDP and 53/TCP"
            }
        };
        let found = finding(policy, "spec.egress".to_owned(), Lint::DnsForgotten, message.to_owned());
        findings.push(Finding { help: Some(help.to_owned()), ..found });
    }
    findings
}
