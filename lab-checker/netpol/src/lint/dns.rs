//! Findings about names: pods that may open connections, but cannot ask the cluster's DNS. Manifests
//! rarely hold the DNS pods, so where a snapshot has none it is evaluated as if it had the usual ones.

use std::net::IpAddr;

use super::catalogue::Lint;
use super::finding::{Finding, finding};
use crate::classes::Compiled;
use crate::engine::Engine;
use crate::model::{
    ContainerPort, Direction, Labels, NamespaceScope, NetworkPolicy, Peer, Pod, PortRule, PortSpec, Protocol, Rule,
    Selector, implied,
};
use crate::reachability::ClassVerdicts;

const NAMESPACE: &str = "kube-system";
const LABEL: (&str, &str) = ("k8s-app", "kube-dns");
const PORT: u16 = 53;

/// Whether a pod answers for the cluster's DNS.
fn is_server(pod: &Pod) -> bool {
    pod.is_endpoint() && pod.namespace == NAMESPACE && pod.labels.get(LABEL.0).is_some_and(|app| app == LABEL.1)
}

/// Whether the snapshot holds the DNS pods.
fn is_known(engine: &Engine) -> bool {
    engine.snapshot().pods.iter().any(is_server)
}

/// Whether a peer means the DNS pods that the snapshot does not hold.
pub(crate) fn means_unknown_servers(engine: &Engine, peer: &Peer) -> bool {
    match peer {
        Peer::Pods { namespaces: NamespaceScope::Matching(namespaces), pods } => {
            are_unknown_servers(engine, namespaces, pods)
        }
        _ => false,
    }
}

/// Whether selectors mean the DNS pods that the snapshot does not hold.
pub(crate) fn are_unknown_servers(engine: &Engine, namespaces: &Selector, pods: &Selector) -> bool {
    !is_known(engine) && pods.matches(&server_labels()) && namespaces.matches(&namespace_labels(engine))
}

fn server_labels() -> Labels {
    Labels::from([(LABEL.0.to_owned(), LABEL.1.to_owned())])
}

fn namespace_labels(engine: &Engine) -> Labels {
    let known = engine.directory().namespace_labels(NAMESPACE).cloned();
    known.unwrap_or_else(|| implied(NAMESPACE).labels)
}

/// Policies that let pods open some connections, while those pods cannot ask the cluster's DNS.
pub(crate) fn dns_forgotten(engine: &Engine) -> Vec<Finding> {
    if is_known(engine) {
        return forgotten(engine, |_| false);
    }
    let mut snapshot = engine.snapshot().clone();
    snapshot.pods.push(usual_server(engine));
    // A rule that names port 53 of some addresses may well name the DNS that is not known here.
    let asks_addresses =
        |rule: &Rule| names_dns(&rule.ports) && rule.peers.iter().any(|peer| matches!(peer, Peer::IpBlock(_)));
    forgotten(&Engine::new(snapshot), asks_addresses)
}

/// A DNS pod as most clusters have it, with an address of the family that the cluster uses.
pub(crate) fn usual_server(engine: &Engine) -> Pod {
    let first = engine.snapshot().pods.iter().find_map(|pod| pod.addresses.first());
    let address = match first {
        Some(IpAddr::V6(_)) => IpAddr::from([0xfd00, 0x10, 0x244, 0, 0, 0, 0, 0x10]),
        _ => IpAddr::from([10, 244, 0, 10]),
    };
    let port = |name: &str, number, protocol| ContainerPort { name: Some(name.to_owned()), number, protocol };
    Pod {
        namespace: NAMESPACE.to_owned(),
        name: "coredns".to_owned(),
        labels: server_labels(),
        addresses: vec![address],
        ports: vec![port("dns", PORT, Protocol::Udp), port("dns-tcp", PORT, Protocol::Tcp)],
        ..Pod::default()
    }
}

fn forgotten(engine: &Engine, also_asks: impl Fn(&Rule) -> bool) -> Vec<Finding> {
    let (compiled, snapshot) = (engine.compiled(), engine.snapshot());
    let verdicts = ClassVerdicts::new(compiled, compiled.vocabulary.port_class(Protocol::Udp, PORT));
    let pods = snapshot.pods.iter().zip(&compiled.classes.of_pod);
    let servers: Vec<u32> = pods.filter(|(pod, _)| is_server(pod)).map(|(_, class)| *class).collect();
    let asks = |class: usize| {
        let out = verdicts.row(0, Direction::Egress, compiled.policy_lists[0].of_class[class]);
        servers.iter().any(|server| out.contains(*server as usize))
            || egress_rules(compiled, &snapshot.policies, class).any(&also_asks)
    };
    let mut findings = Vec::new();
    for (policy, compiled) in snapshot.policies.iter().zip(&compiled.policies) {
        let Some(rules) = policy.egress.as_ref().filter(|rules| !rules.is_empty()) else { continue };
        if compiled.selected.ones().all(&asks) {
            continue;
        }
        let message = "its pods may open connections, but no egress rule lets them ask the cluster's DNS at 53/UDP";
        // A rule that names port 53 shows that somebody thought of DNS: what is wrong then is the protocol or a peer.
        let mut dns = rules.iter().flat_map(|rule| &rule.ports).filter(|port| names_dns(std::slice::from_ref(port)));
        let named = dns.clone().next().is_some();
        let help = match named {
            true if dns.all(|port| port.protocol == Protocol::Tcp) => {
                "a rule names port 53 over TCP alone, as a port without `protocol` does: add 53 with protocol UDP"
            }
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

/// The egress rules of all policies that select a class.
fn egress_rules<'a>(
    compiled: &'a Compiled,
    policies: &'a [NetworkPolicy],
    class: usize,
) -> impl Iterator<Item = &'a Rule> {
    let selecting = policies.iter().zip(&compiled.policies).filter(move |(_, one)| one.selected.contains(class));
    selecting.flat_map(|(policy, _)| policy.egress.iter().flatten())
}

fn names_dns(ports: &[PortRule]) -> bool {
    ports.iter().any(|port| matches!(&port.port, PortSpec::Range { from, to } if (*from..=*to).contains(&PORT)))
}

/// Whether ports are those of DNS alone.
pub(crate) fn names_only_dns(ports: &[PortRule]) -> bool {
    ports.iter().all(|port| port.port == PortSpec::number(PORT))
}
