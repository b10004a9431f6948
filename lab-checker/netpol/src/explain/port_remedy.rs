//! Why a rule's ports miss a flow, and what would hit: the classic slips are the Service's port
//! instead of the pod's, and TCP instead of UDP.

use super::remedy::Remedy;
use crate::flow::Path;
use crate::model::{PortRef, PortRule, PortSpec, Selector, Service, Snapshot, phrases};

/// What would make one of a rule's ports match.
pub(crate) fn port_remedy(rules: &[PortRule], path: &Path<'_>, snapshot: &Snapshot) -> Remedy {
    let remedies = rules.iter().map(|rule| one(rule, path, snapshot));
    remedies.min().unwrap_or_else(|| Remedy::new(9, "it named the port".to_owned()))
}

fn one(rule: &PortRule, path: &Path<'_>, snapshot: &Snapshot) -> Remedy {
    let (port, protocol) = (path.port, path.protocol);
    let wanted = format!("{port}/{protocol}");
    let said = phrases::port(rule);
    match &rule.port {
        PortSpec::Range { from, to } if rule.protocol == protocol => {
            let translated = services_of(path, snapshot).find(|service| leads(service, *from..=*to, path));
            match translated {
                Some(service) => Remedy::new(
                    1,
                    format!(
                        "it named port {wanted} instead of {from}: Service {}/{} leads from its port {from} to port \
                         {port} of the pod, and policies see the pod's port",
                        service.namespace, service.name
                    ),
                ),
                None => Remedy::new(3, format!("it named port {wanted} (it names {said})")),
            }
        }
        PortSpec::Range { from, to } if (*from..=*to).contains(&port) => {
            Remedy::new(1, format!("it were for {protocol} (it names {said})"))
        }
        PortSpec::Any => Remedy::new(2, format!("it were for {protocol} too (it names {said})")),
        PortSpec::Range { .. } => Remedy::new(4, format!("it named port {wanted} (it names {said})")),
        PortSpec::Named(name) => named(name, rule, path),
    }
}

fn named(name: &str, rule: &PortRule, path: &Path<'_>) -> Remedy {
    let (port, protocol) = (path.port, path.protocol);
    let Some(pod) = path.destination.selectable() else {
        return Remedy::new(4, format!("it named port {port}/{protocol} by its number: only pods have port names"));
    };
    let who = format!("{}/{}", pod.namespace, pod.name);
    match pod.named_port(name, rule.protocol) {
        Some(number) => Remedy::new(
            3,
            format!("it named port {port}/{protocol} ({name} is port {number}/{} of {who})", rule.protocol),
        ),
        None => {
            let own = pod.ports.iter().find(|one| one.number == port && one.protocol == protocol);
            let called = match own.and_then(|one| one.name.as_deref()) {
                Some(other) => format!("{who} calls it {other}"),
                None => format!("{who} gives it no name"),
            };
            Remedy::new(2, format!("port {port}/{protocol} were called {name} ({called})"))
        }
    }
}

/// The Services that pick the destination pod.
fn services_of<'a>(path: &Path<'a>, snapshot: &'a Snapshot) -> impl Iterator<Item = &'a Service> {
    let pod = path.destination.pod;
    snapshot.services.iter().filter(move |service| {
        let selector = service.selector.as_ref().filter(|selector| !selector.is_empty());
        pod.is_some_and(|pod| {
            service.namespace == pod.namespace
                && selector.is_some_and(|selector| Selector::labels(selector.clone()).matches(&pod.labels))
        })
    })
}

/// Whether a Service leads from one of these ports to the flow's.
fn leads(service: &Service, ports: std::ops::RangeInclusive<u16>, path: &Path<'_>) -> bool {
    service.ports.iter().any(|port| {
        let target = match &port.target {
            PortRef::Number(number) => Some(*number),
            PortRef::Name(name) => path.destination.pod.and_then(|pod| pod.named_port(name, port.protocol)),
        };
        ports.contains(&port.port) && port.protocol == path.protocol && target == Some(path.port)
    })
}
