//! Findings about ports that nobody serves.

use crate::lint::{Finding, Lint, finding, rule_field};
use crate::{Direction, Engine, NetworkPolicy, Pod, PortRef, PortRule, PortSpec, Selector, words};

/// Findings about the ports of one policy's ingress rules. Egress rules may name ports of the outside,
/// about which nothing is known here.
pub(crate) fn policy(engine: &Engine, policy: &NetworkPolicy) -> Vec<Finding> {
    let pods = engine.snapshot().pods.iter().filter(|pod| pod.is_endpoint() && pod.namespace == policy.namespace);
    let selected: Vec<&Pod> = pods.filter(|pod| policy.pod_selector.matches(&pod.labels)).collect();
    // Pods without any declared port say nothing about what they serve.
    let declaring: Vec<&Pod> = selected.iter().copied().filter(|pod| !pod.ports.is_empty()).collect();
    if declaring.is_empty() || declaring.len() < selected.len() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (at, rule) in policy.ingress.iter().flatten().enumerate() {
        for (port_at, port) in rule.ports.iter().enumerate() {
            if !declaring.iter().any(|pod| declares(pod, port)) {
                let field = format!("{}.ports[{port_at}]", rule_field(Direction::Ingress, at));
                let message = format!("no selected pod declares {}", words::port(port));
                let help = Some(help(engine, &declaring, port));
                findings.push(Finding { help, ..finding(policy, field, Lint::PortNobodyServes, message) });
            }
        }
    }
    findings
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
    let mut declared: Vec<String> = pods.iter().flat_map(|pod| crate::party::declared_ports(pod)).collect();
    declared.sort();
    declared.dedup();
    declared.truncate(6);
    format!("they declare {}", words::all_of(&declared))
}
