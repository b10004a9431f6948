//! Explaining a flow through a Service: the address is rewritten first, so policies see each pod
//! behind it, at the pod's own port.

use std::net::IpAddr;

use super::explanation::{Explanation, SideExplanation};
use super::path::explain_path;
use crate::flow::Route;
use crate::model::{Directory, Endpoint, Flow, FlowText, IpBlock, ObjectName, Peer, PortRef, Verdict};

/// Explains a flow through a Service, pod by pod.
pub(crate) fn explain_service(flow: &Flow, route: &Route<'_>, directory: Directory<'_>) -> Explanation {
    let backends: Vec<Explanation> = route
        .paths
        .iter()
        .map(|path| {
            let pod = path.destination.pod.map(|pod| format!("{}/{}", pod.namespace, pod.name)).unwrap_or_default();
            explain_path(flow.from.to_string(), pod, path, directory)
        })
        .collect();
    let asked = asked(flow, route);
    let blocked = backends.iter().filter(|backend| !backend.verdict.is_allowed()).count();
    let verdict = Verdict::from_allowed(blocked == 0 && !backends.is_empty());
    // The backend that decides stands for all: the first blocked one, or the first.
    let telling = backends.iter().find(|backend| !backend.verdict.is_allowed()).or(backends.first());
    Explanation {
        depends_on: Vec::new(),
        summary: summary(&asked, route, blocked, telling),
        verdict,
        egress: telling.map_or_else(|| silent(verdict), |backend| backend.egress.clone()),
        ingress: telling.map_or_else(|| silent(verdict), |backend| backend.ingress.clone()),
        decided_by: telling.map(|backend| backend.decided_by.clone()).unwrap_or_default(),
        nearest_misses: telling.map(|backend| backend.nearest_misses.clone()).unwrap_or_default(),
        notes: notes(route, &backends, directory),
        flow: asked,
        backends,
    }
}

fn asked(flow: &Flow, route: &Route<'_>) -> FlowText {
    let to = match (&flow.to.endpoint, route.service) {
        (Endpoint::Address(_), Some((service, _))) => {
            Endpoint::Service(ObjectName::new(&service.namespace, &service.name)).to_string()
        }
        (endpoint, _) => endpoint.to_string(),
    };
    let port = match (&flow.to.port, route.service) {
        (_, Some((_, port))) => port.port,
        (PortRef::Number(number), None) => *number,
        (PortRef::Name(_), None) => 0,
    };
    FlowText { from: flow.from.to_string(), to, port, protocol: flow.to.protocol }
}

fn silent(verdict: Verdict) -> SideExplanation {
    let reason = "there is no pod to ask about".to_owned();
    SideExplanation { verdict, isolated: false, policies: Vec::new(), reason }
}

fn summary(asked: &FlowText, route: &Route<'_>, blocked: usize, telling: Option<&Explanation>) -> String {
    let count = route.paths.len();
    let Some(telling) = telling else {
        return format!(
            "{asked} is blocked, but not by a policy: no running pod stands behind {} at this port.",
            asked.to
        );
    };
    let because = because(telling);
    let to = format!("{}:{}/{}", telling.flow.to, telling.flow.port, telling.flow.protocol);
    match (count, blocked) {
        (1, _) => format!("{asked}, which leads to {to}, is {}: {because}", telling.verdict),
        (_, 0) => format!("{asked} is allowed to all {count} pods behind it; to {to}, for one, because {because}"),
        _ if blocked == count => {
            format!("{asked} is blocked to all {count} pods behind it; to {to}, for one, because {because}")
        }
        _ => format!(
            "{asked} sometimes fails: of the {count} pods behind it {blocked} cannot be reached; {to}, for one, because {because}"
        ),
    }
}

/// The summary of one pod's explanation without its flow and verdict.
fn because(telling: &Explanation) -> &str {
    let start = format!("{} is {}: ", telling.flow, telling.verdict);
    telling.summary.strip_prefix(&start).unwrap_or(&telling.summary)
}

fn notes(route: &Route<'_>, backends: &[Explanation], directory: Directory<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some((service, port)) = route.service {
        let target = &port.target;
        if *target != PortRef::Number(port.port) {
            notes.push(format!(
                "port {} of Service {}/{} leads to port {target} of its pods: policies see the pod's port",
                port.port, service.namespace, service.name
            ));
        }
    }
    notes.extend(block_and_service(route, directory));
    for note in backends.iter().flat_map(|backend| &backend.notes) {
        if !notes.contains(note) {
            notes.push(note.clone());
        }
    }
    notes
}

/// An egress block that holds the Service's address or the pod's, but not both, means different things
/// to different implementations.
fn block_and_service(route: &Route<'_>, directory: Directory<'_>) -> Option<String> {
    let (service, _) = route.service?;
    let source = route.paths.first()?.source.selectable()?;
    let isolating = directory
        .snapshot
        .policies
        .iter()
        .filter(|policy| policy.namespace == source.namespace && policy.pod_selector.matches(&source.labels));
    let peers = isolating.flat_map(|policy| policy.egress.iter().flatten()).flat_map(|rule| &rule.peers);
    let contains = |block: &IpBlock, address: &IpAddr| {
        block.cidr.contains(address) && !block.except.iter().any(|hole| hole.contains(address))
    };
    let differs = peers.into_iter().any(|peer| match peer {
        Peer::IpBlock(block) => {
            let before = service.addresses.iter().any(|address| contains(block, address));
            let mut pods = route.paths.iter().flat_map(|path| &path.destination.addresses);
            pods.any(|address| contains(block, address) != before)
        }
        Peer::Pods { .. } => false,
    });
    (differs && !service.addresses.is_empty()).then(|| {
        "undefined: the standard does not say whether an ipBlock sees the Service's address or the pod's behind it; \
         here it sees the pod's"
            .to_owned()
    })
}
