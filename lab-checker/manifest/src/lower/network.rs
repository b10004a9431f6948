//! Namespaces, pods, Services and nodes.

use std::collections::BTreeSet;
use std::net::IpAddr;

use netpol::{ContainerPort, Labels, Namespace, Node, Pod, PortRef, Protocol, Service, ServicePort, Snapshot};

use super::fields::{IntOrString, Metadata, NamespaceObject, NodeObject, PodObject, ServiceObject};
use super::problem::Wrong;
use super::source::Source;

const NAME_LABEL: &str = "kubernetes.io/metadata.name";

pub(super) fn namespace(object: NamespaceObject) -> Namespace {
    named(object.metadata.name, object.metadata.labels)
}

fn named(name: String, mut labels: Labels) -> Namespace {
    labels.insert(NAME_LABEL.to_owned(), name.clone());
    Namespace { name, labels }
}

/// Adds the namespaces that objects stand in and that no object defines.
pub(super) fn imply_namespaces(snapshot: &mut Snapshot) {
    let known: BTreeSet<_> = snapshot.namespaces.iter().map(|namespace| namespace.name.clone()).collect();
    let pods = snapshot.pods.iter().map(|pod| &pod.namespace);
    let services = snapshot.services.iter().map(|service| &service.namespace);
    let policies = snapshot.policies.iter().map(|policy| &policy.namespace);
    let mentioned: BTreeSet<_> = pods.chain(services).chain(policies).cloned().collect();
    let implied = mentioned.difference(&known).map(|name| named(name.clone(), Labels::new()));
    snapshot.namespaces.extend(implied.collect::<Vec<_>>());
}

pub(super) fn namespace_of(metadata: &Metadata) -> String {
    if metadata.namespace.is_empty() { "default".to_owned() } else { metadata.namespace.clone() }
}

pub(super) fn pod(object: PodObject, from: Source) -> Result<Pod, Wrong> {
    let PodObject { metadata, spec, status } = object;
    let given = status.pod_ips.into_iter().map(|given| given.ip).chain(status.pod_ip);
    let mut addresses = parse_addresses(given, "status.podIPs")?;
    let given = status.host_ips.into_iter().map(|given| given.ip).chain(status.host_ip);
    let host_addresses = parse_addresses(given, "status.hostIPs")?;
    // A host-network pod in a file may name its node's address alone.
    if addresses.is_empty() && spec.host_network && from == Source::Files {
        addresses.clone_from(&host_addresses);
    }
    let mut ports = Vec::new();
    // Init containers are over when traffic starts, except those that keep running beside the pod.
    let sidecars = spec.init_containers.into_iter().filter(|init| init.restart_policy.as_deref() == Some("Always"));
    for container in spec.containers.into_iter().chain(sidecars) {
        for port in container.ports {
            ports.push(ContainerPort {
                name: port.name.filter(|name| !name.is_empty()),
                number: port_number(port.container_port, "containerPort")?,
                protocol: protocol(port.protocol.as_deref(), "protocol")?,
            });
        }
    }
    Ok(Pod {
        namespace: namespace_of(&metadata),
        name: metadata.name,
        labels: metadata.labels,
        addresses,
        host_addresses,
        ports,
        host_network: spec.host_network,
        node: spec.node_name.filter(|node| !node.is_empty()),
        assumed: false,
        finished: matches!(status.phase.as_str(), "Succeeded" | "Failed"),
    })
}

fn parse_addresses(given: impl Iterator<Item = String>, field: &str) -> Result<Vec<IpAddr>, Wrong> {
    let mut addresses = Vec::new();
    for text in given.filter(|text| !text.is_empty()) {
        let address = text.parse().map_err(|_| Wrong::new(field, format!("`{text}` is not an IP address")))?;
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}

pub(super) fn service(object: ServiceObject) -> Result<Service, Wrong> {
    let ServiceObject { metadata, spec } = object;
    // `None` marks a headless Service: it has no address of its own. Its name leads straight to the
    // pods, so nothing translates the port either.
    let headless = spec.cluster_ip.iter().chain(&spec.cluster_ips).any(|text| text == "None");
    let given = spec.cluster_ips.into_iter().chain(spec.cluster_ip).filter(|text| text != "None");
    let addresses = parse_addresses(given, "spec.clusterIPs")?;
    let mut ports = Vec::new();
    for port in spec.ports {
        let number = port_number(port.port, "spec.ports.port")?;
        let target = match port.target_port.filter(|_| !headless) {
            None | Some(IntOrString::Int(0)) => PortRef::Number(number),
            Some(IntOrString::Int(target)) => PortRef::Number(port_number(target, "spec.ports.targetPort")?),
            Some(IntOrString::Text(name)) => PortRef::Name(name),
        };
        let protocol = protocol(port.protocol.as_deref(), "spec.ports.protocol")?;
        ports.push(ServicePort { name: port.name.filter(|name| !name.is_empty()), port: number, target, protocol });
    }
    let selects = !spec.selector.is_empty() && spec.kind != "ExternalName";
    Ok(Service {
        namespace: namespace_of(&metadata),
        name: metadata.name,
        selector: selects.then_some(spec.selector),
        addresses,
        ports,
    })
}

pub(super) fn node(object: NodeObject) -> Node {
    let addresses = object.status.addresses.iter();
    let addresses = addresses.filter(|address| matches!(address.kind.as_str(), "InternalIP" | "ExternalIP"));
    Node {
        name: object.metadata.name,
        labels: object.metadata.labels,
        addresses: addresses.filter_map(|address| address.address.parse().ok()).collect(),
    }
}

pub(super) fn port_number(number: i64, field: &str) -> Result<u16, Wrong> {
    match u16::try_from(number) {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(Wrong::new(field, format!("{number} is not a port: ports are 1 to 65535"))),
    }
}

pub(super) fn protocol(name: Option<&str>, field: &str) -> Result<Protocol, Wrong> {
    match name {
        None | Some("" | "TCP") => Ok(Protocol::Tcp),
        Some("UDP") => Ok(Protocol::Udp),
        Some("SCTP") => Ok(Protocol::Sctp),
        Some(other) => Err(Wrong::new(field, format!("`{other}` is not a protocol: use TCP, UDP or SCTP"))),
    }
}
