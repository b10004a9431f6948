//! The two ends of a flow, looked up and ready to be evaluated: which pod, at which address, on which
//! node.

use std::net::IpAddr;

use super::unknown_endpoint::{UnknownEndpoint, nearest};
use crate::model::phrases::declared_ports;
use crate::model::{
    Destination, Direction, Directory, Endpoint, Flow, Node, ObjectName, Pod, PortRef, Protocol, Selector, Service,
    ServicePort,
};

/// One end of a flow.
#[derive(Clone, Debug)]
pub(crate) struct ResolvedEndpoint<'a> {
    /// The pod, or `None` for an address that is no pod's.
    pub(crate) pod: Option<&'a Pod>,
    /// Its addresses; the first is its primary one.
    pub(crate) addresses: Vec<IpAddr>,
    /// The node that has this address (for an address, and for a host-network pod).
    pub(crate) node: Option<&'a Node>,
}

/// One way that a flow can take: straight to its destination, or to one of the pods behind a Service.
#[derive(Clone, Debug)]
pub(crate) struct Path<'a> {
    pub(crate) source: ResolvedEndpoint<'a>,
    pub(crate) destination: ResolvedEndpoint<'a>,
    /// The port at the destination itself, after a Service has translated it.
    pub(crate) port: u16,
    pub(crate) protocol: Protocol,
}

/// A flow with everything looked up.
#[derive(Clone, Debug)]
pub(crate) struct Route<'a> {
    /// One path, or one for every pod behind the Service; none when nothing stands behind it.
    pub(crate) paths: Vec<Path<'a>>,
    /// The Service that it goes through and the port used there.
    pub(crate) service: Option<(&'a Service, &'a ServicePort)>,
}

impl<'a> ResolvedEndpoint<'a> {
    fn pod(pod: &'a Pod, directory: Directory<'a>) -> Self {
        let node = pod.host_network.then(|| node_of(pod, directory)).flatten();
        Self { pod: Some(pod), addresses: pod.addresses.clone(), node }
    }

    fn address(address: IpAddr, directory: Directory<'a>) -> Self {
        match directory.pod_at(address) {
            Some(pod) => Self { pod: Some(pod), addresses: vec![address], node: None },
            None => Self { pod: None, addresses: vec![address], node: directory.node_at(address) },
        }
    }

    /// The pod, when selectors see it: host-network pods count as their node's address.
    pub(crate) fn selectable(&self) -> Option<&'a Pod> {
        self.pod.filter(|pod| !pod.host_network)
    }
}

impl<'a> Path<'a> {
    /// The end whose policies a direction asks.
    pub(crate) fn own(&self, direction: Direction) -> &ResolvedEndpoint<'a> {
        match direction {
            Direction::Egress => &self.source,
            Direction::Ingress => &self.destination,
        }
    }

    /// The end that they are asked about.
    pub(crate) fn other(&self, direction: Direction) -> &ResolvedEndpoint<'a> {
        match direction {
            Direction::Egress => &self.destination,
            Direction::Ingress => &self.source,
        }
    }
}

/// The node object that a pod runs on, by its name or else by its address.
fn node_of<'a>(pod: &Pod, directory: Directory<'a>) -> Option<&'a Node> {
    let named = directory.snapshot.nodes.iter().find(|node| pod.node.as_ref() == Some(&node.name));
    let at_its_address = || pod.addresses.iter().find_map(|address| directory.node_at(*address));
    let unnamed = || directory.snapshot.unnamed_node().map(|at| &directory.snapshot.nodes[at]);
    named.or_else(at_its_address).or_else(unnamed)
}

/// The address family that both ends share, as the addresses that are used; the destination's order
/// decides, as it does when a client looks up a name. Ends that share no family use their own first
/// address: no packet could pass between them, but the policies still have an answer.
pub(crate) fn addresses_used(source: &[IpAddr], destination: &[IpAddr]) -> (IpAddr, IpAddr) {
    let shared = destination.iter().find_map(|to| {
        let from = source.iter().find(|from| from.is_ipv4() == to.is_ipv4())?;
        Some((*from, *to))
    });
    shared.unwrap_or_else(|| (source[0], destination[0]))
}

/// Looks up both ends of a flow.
pub(crate) fn route<'a>(flow: &Flow, directory: Directory<'a>) -> Result<Route<'a>, UnknownEndpoint> {
    let resolver = Resolver { directory };
    let source = match &flow.from {
        Endpoint::Pod(name) => resolver.pod(name)?,
        Endpoint::Address(address) => ResolvedEndpoint::address(*address, directory),
        Endpoint::Service(name) => return Err(UnknownEndpoint::ServiceAsSource(name.clone())),
    };
    match &flow.to.endpoint {
        Endpoint::Pod(name) => resolver.to_pod(source, resolver.pod(name)?, name, &flow.to),
        Endpoint::Service(name) => resolver.to_service(&source, resolver.service(name)?, &flow.to),
        Endpoint::Address(address) => match directory.service_at(*address) {
            Some(service) if picks_pods(service) => resolver.to_service(&source, service, &flow.to),
            _ => resolver.to_address(source, *address, &flow.to),
        },
    }
}

fn picks_pods(service: &Service) -> bool {
    service.selector.as_ref().is_some_and(|selector| !selector.is_empty())
}

struct Resolver<'a> {
    directory: Directory<'a>,
}

impl<'a> Resolver<'a> {
    fn pod(&self, name: &ObjectName) -> Result<ResolvedEndpoint<'a>, UnknownEndpoint> {
        let Some(pod) = self.directory.pod(&name.namespace, &name.name) else {
            let all = self.directory.snapshot.pods.iter().map(|pod| (pod.namespace.as_str(), pod.name.as_str()));
            return Err(UnknownEndpoint::Pod { name: name.clone(), nearest: nearest(name, all) });
        };
        if !pod.is_endpoint() {
            let why = if pod.finished { "has finished" } else { "has no address" };
            return Err(UnknownEndpoint::NotAnEndpoint { name: name.clone(), why });
        }
        Ok(ResolvedEndpoint::pod(pod, self.directory))
    }

    fn service(&self, name: &ObjectName) -> Result<&'a Service, UnknownEndpoint> {
        let services = &self.directory.snapshot.services;
        let found = services.iter().find(|one| one.namespace == name.namespace && one.name == name.name);
        found.ok_or_else(|| {
            let all = services.iter().map(|one| (one.namespace.as_str(), one.name.as_str()));
            let nearest = nearest(name, all).into_iter().map(|name| format!("svc:{name}")).collect();
            UnknownEndpoint::Service { name: name.clone(), nearest }
        })
    }

    fn to_pod(
        &self,
        source: ResolvedEndpoint<'a>,
        destination: ResolvedEndpoint<'a>,
        name: &ObjectName,
        to: &Destination,
    ) -> Result<Route<'a>, UnknownEndpoint> {
        let port = match &to.port {
            PortRef::Number(number) => *number,
            PortRef::Name(port) => {
                let pod = destination.pod;
                pod.and_then(|pod| pod.named_port(port, to.protocol)).ok_or_else(|| UnknownEndpoint::PodPort {
                    name: name.clone(),
                    port: port.clone(),
                    protocol: to.protocol,
                    declared: pod.map(declared_ports).unwrap_or_default(),
                })?
            }
        };
        Ok(Route { paths: vec![Path { source, destination, port, protocol: to.protocol }], service: None })
    }

    fn to_address(
        &self,
        source: ResolvedEndpoint<'a>,
        address: IpAddr,
        to: &Destination,
    ) -> Result<Route<'a>, UnknownEndpoint> {
        let destination = ResolvedEndpoint::address(address, self.directory);
        match (&to.port, destination.pod) {
            (PortRef::Name(_), Some(pod)) => {
                self.to_pod(source, destination, &ObjectName::new(&pod.namespace, &pod.name), to)
            }
            (PortRef::Name(port), None) => Err(UnknownEndpoint::NamedPortOnAddress { address, port: port.clone() }),
            (PortRef::Number(port), _) => {
                let path = Path { source, destination, port: *port, protocol: to.protocol };
                Ok(Route { paths: vec![path], service: None })
            }
        }
    }

    fn to_service(
        &self,
        source: &ResolvedEndpoint<'a>,
        service: &'a Service,
        to: &Destination,
    ) -> Result<Route<'a>, UnknownEndpoint> {
        let used = service.ports.iter().find(|port| {
            port.protocol == to.protocol
                && match &to.port {
                    PortRef::Number(number) => port.port == *number,
                    PortRef::Name(name) => port.name.as_ref() == Some(name),
                }
        });
        let used = used.ok_or_else(|| UnknownEndpoint::ServicePort {
            name: ObjectName::new(&service.namespace, &service.name),
            port: to.port.clone(),
            protocol: to.protocol,
            declared: service.ports.iter().map(|port| format!("{}/{}", port.port, port.protocol)).collect(),
        })?;
        let paths = self.backends(service, used).map(|(pod, port)| Path {
            source: source.clone(),
            destination: ResolvedEndpoint::pod(pod, self.directory),
            port,
            protocol: used.protocol,
        });
        Ok(Route { paths: paths.collect(), service: Some((service, used)) })
    }

    /// The pods behind a Service's port, each with the port at which it listens for it.
    fn backends(&self, service: &'a Service, port: &'a ServicePort) -> impl Iterator<Item = (&'a Pod, u16)> {
        let selector = service.selector.iter().filter(|selector| !selector.is_empty());
        let selector = selector.map(|labels| Selector::labels(labels.clone())).next();
        let pods = self.directory.snapshot.pods.iter().filter(move |pod| {
            pod.namespace == service.namespace
                && pod.is_endpoint()
                && selector.as_ref().is_some_and(|selector| selector.matches(&pod.labels))
        });
        pods.filter_map(|pod| {
            let number = match &port.target {
                PortRef::Number(number) => Some(*number),
                PortRef::Name(name) => pod.named_port(name, port.protocol),
            };
            Some((pod, number?))
        })
    }
}
