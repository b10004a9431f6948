//! Findings about ports that nobody serves.

use super::catalogue::Lint;
use super::dns::{means_unknown_servers, usual_server};
use super::finding::{Finding, finding, rule_field};
use super::pods::{pods, selects};
use crate::engine::Engine;
use crate::model::{Direction, NetworkPolicy, Peer, Pod, PortRef, PortRule, PortSpec, Rule, Selector, phrases};

/// Findings about the ports of one policy. Egress rules that reach beyond pods may name ports of the
/// outside, about which nothing is known here.
pub(crate) fn policy(engine: &Engine, policy: &NetworkPolicy) -> Vec<Finding> {
    let own = pods(engine).filter(|pod| pod.namespace == policy.namespace);
    let selected: Vec<&Pod> = own.filter(|pod| policy.pod_selector.matches(&pod.labels)).collect();
    let mut findings = Vec::new();
    for (at, rule) in policy.ingress.iter().flatten().enumerate() {
        findings.extend(unserved(engine, policy, Direction::Ingress, at, rule, &selected));
    }
    for (at, rule) in policy.egress.iter().flatten().enumerate() {
        if rule.peers.iter().all(|peer| matches!(peer, Peer::Pods { .. })) {
            let meant = |pod: &&Pod| rule.peers.iter().any(|peer| selects(engine, policy, peer, pod));
            let mut destinations: Vec<&Pod> = pods(engine).filter(meant).collect();
            // The DNS pods are rarely among the files, and there all the same.
            let dns = rule.peers.iter().any(|peer| means_unknown_servers(engine, peer)).then(|| usual_server(engine));
            destinations.extend(dns.as_ref().filter(|_| !destinations.is_empty()));
            findings.extend(unserved(engine, policy, Direction::Egress, at, rule, &destinations));
        }
    }
    findings
}

/// Ports of a rule that none of the pods declares to which the rule leads.
fn unserved(
    engine: &Engine,
    policy: &NetworkPolicy,
    direction: Direction,
    at: usize,
    rule: &Rule,
    pods: &[&Pod],
) -> Vec<Finding> {
    // Pods without any declared port say nothing about what they serve.
    if pods.is_empty() || pods.iter().any(|pod| pod.ports.is_empty()) {
        return Vec::new();
    }
    let unserved = rule.ports.iter().enumerate().filter(|(_, port)| !pods.iter().any(|pod| declares(pod, port)));
    let told = unserved.map(|(port_at, port)| {
        let field = format!("{}.ports[{port_at}]", rule_field(direction, at));
        let who = match direction {
            Direction::Ingress => "no selected pod",
            Direction::Egress => "no pod that it leads to",
        };
        let message = format!("{who} declares {}", phrases::port(port));
        let help = Some(help(engine, pods, port));
        Finding { help, ..finding(policy, field, Lint::PortNobodyServes, message) }
    });
    told.collect()
}

fn declares(pod: &Pod, rule: &PortRule) -> bool {
    pod.ports.iter().any(|port| {
        port.protocol == rule.protocol
            && match &rule.port {
                PortSpec::Any => true,
                PortSpec::Range { from, to } => (*from..=*to).contains(&port.number),
                PortSpec::Named(name) => port.name.as_ref() == Some(name),
            }
    })
}

/// The classic slip is the Service's port; otherwise what the pods do declare.
fn help(engine: &Engine, pods: &[&Pod], rule: &PortRule) -> String {
    if let PortSpec::Range { from, to } = &rule.port {
        for service in &engine.snapshot().services {
            let selector = service.selector.clone().filter(|selector| !selector.is_empty()).map(Selector::labels);
            let leads_here = selector.is_some_and(|selector| {
                pods.iter().any(|pod| pod.namespace == service.namespace && selector.matches(&pod.labels))
            });
            let port = service.ports.iter().find(|port| (*from..=*to).contains(&port.port));
            if let (true, Some(port)) = (leads_here, port)
                && port.target != PortRef::Number(port.port)
            {
                return format!(
                    "port {} belongs to Service {}/{}, which leads to port {} of the pods: policies see the pod's port",
                    port.port, service.namespace, service.name, port.target
                );
            }
        }
    }
    let mut declared: Vec<String> = pods.iter().flat_map(|pod| phrases::declared_ports(pod)).collect();
    declared.sort();
    declared.dedup();
    declared.truncate(6);
    format!("they declare {}", phrases::all_of(&declared))
}
