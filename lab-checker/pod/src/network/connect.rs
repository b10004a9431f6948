//! What happens to a connection attempt.

use std::net::IpAddr;

use netpol::{Destination, Endpoint, Flow, ObjectName, PortRef, Protocol, Verdict};

use super::topology::{Backend, Blocked, Network, ServiceNetwork, ServicePort};
use crate::image::{Listener, Server};

/// What the client sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Somebody answers.
    Open(Answering),
    /// The packet arrived where nobody listens.
    Refused,
    /// Nothing comes back.
    Dropped,
    /// There is no such address in the pod network.
    NoRoute,
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answering {
    /// The pod; `None` outside the cluster and on nodes.
    pub(crate) pod: Option<ObjectName>,
    /// The address after Service translation.
    pub(crate) address: IpAddr,
    /// The port after Service translation.
    pub(crate) port: u16,
    /// What listens there.
    pub(crate) server: Server,
}

/// The protocol and port that stand for ICMP, which policies do not speak of: only a rule that names no port
/// and no protocol lets such a flow through, as it lets a ping through in most plugins.
const ICMP: (Protocol, u16) = (Protocol::Sctp, 7);

impl Network {
    /// A connection from a pod.
    pub(crate) fn connect(&self, from: &ObjectName, to: IpAddr, port: u16, protocol: Protocol) -> Outcome {
        if to.is_loopback() || self.is_own(from, to) {
            return self.listening(from, to, port, protocol);
        }
        if let Some(service) = self.services.values().find(|service| service.addresses.contains(&to)) {
            return self.through_service(from, service, |wanted| wanted.port == port && wanted.protocol == protocol);
        }
        if let Some(pod) = self.by_address.get(&to) {
            return self.to_pod(from, pod, to, port, protocol);
        }
        if self.nodes.contains(&to) {
            return self.to_node(from, to, port, protocol);
        }
        if in_network(to, [10, 244, 0, 0], 16) {
            return Outcome::NoRoute;
        }
        if in_network(to, [10, 96, 0, 0], 16) {
            return Outcome::Dropped;
        }
        if !self.allowed(from, Endpoint::Address(to), port, protocol) {
            return self.blocked();
        }
        let server = Server::Web;
        Outcome::Open(Answering { pod: None, address: to, port, server })
    }

    /// Whether an echo request from a pod is answered.
    pub(crate) fn ping(&self, from: &ObjectName, to: IpAddr) -> bool {
        let (protocol, port) = ICMP;
        if to.is_loopback() || self.is_own(from, to) {
            return true;
        }
        match self.by_address.get(&to) {
            Some(pod) => self.allowed(from, Endpoint::Pod(pod.clone()), port, protocol),
            None if in_network(to, [10, 244, 0, 0], 16) || in_network(to, [10, 96, 0, 0], 16) => false,
            None => self.allowed(from, Endpoint::Address(to), port, protocol),
        }
    }

    fn is_own(&self, pod: &ObjectName, address: IpAddr) -> bool {
        self.pods.get(pod).is_some_and(|pod| pod.addresses.contains(&address))
    }

    fn allowed(&self, from: &ObjectName, to: Endpoint, port: u16, protocol: Protocol) -> bool {
        let to = Destination { endpoint: to, port: PortRef::Number(port), protocol };
        let flow = Flow { from: Endpoint::Pod(from.clone()), to };
        // A pod that went away in the meantime answers nobody.
        self.engine.verdict(&flow).is_ok_and(|verdict| verdict == Verdict::Allowed)
    }

    /// What a sender sees whose packet a policy blocks.
    fn blocked(&self) -> Outcome {
        match self.blocked {
            Blocked::Dropped => Outcome::Dropped,
            Blocked::Rejected => Outcome::Refused,
        }
    }

    /// A Service chooses one of its ready backends; the policies see the pod behind it.
    fn through_service(
        &self,
        from: &ObjectName,
        service: &ServiceNetwork,
        wanted: impl Fn(&ServicePort) -> bool,
    ) -> Outcome {
        let Some(port) = service.ports.iter().find(|port| wanted(port)) else { return Outcome::Dropped };
        let backends: Vec<(&Backend, u16)> = service
            .slices
            .iter()
            .filter_map(|slice| {
                let same =
                    |(name, _, protocol): &&(String, u16, Protocol)| *name == port.name && *protocol == port.protocol;
                let (_, target, _) = slice.ports.iter().find(same)?;
                Some(slice.endpoints.iter().filter(|backend| backend.ready).map(move |backend| (backend, *target)))
            })
            .flatten()
            .collect();
        // Without a backend the node answers for the Service: refused.
        let Some((backend, target)) = choose(&backends) else { return Outcome::Refused };
        match &backend.pod {
            Some(pod) if self.pods.contains_key(pod) => self.to_pod(from, pod, backend.address, *target, port.protocol),
            // An address behind a Service that is a Service again leads nowhere.
            _ if in_network(backend.address, [10, 96, 0, 0], 16) => Outcome::Dropped,
            _ => self.connect(from, backend.address, *target, port.protocol),
        }
    }

    fn to_pod(&self, from: &ObjectName, pod: &ObjectName, address: IpAddr, port: u16, protocol: Protocol) -> Outcome {
        if from != pod && !self.allowed(from, Endpoint::Pod(pod.clone()), port, protocol) {
            return self.blocked();
        }
        self.listening(pod, address, port, protocol)
    }

    fn listening(&self, pod: &ObjectName, address: IpAddr, port: u16, protocol: Protocol) -> Outcome {
        let Some(network) = self.pods.get(pod) else { return Outcome::Dropped };
        let address =
            if address.is_loopback() { network.addresses.first().copied().unwrap_or(address) } else { address };
        match self.listener(pod, port, protocol) {
            Some(Listener { server, .. }) => Outcome::Open(Answering { pod: Some(pod.clone()), address, port, server }),
            None => Outcome::Refused,
        }
    }

    /// Who listens on a port of a pod.
    pub(super) fn listener(&self, pod: &ObjectName, port: u16, protocol: Protocol) -> Option<Listener> {
        let wanted = |listener: &&Listener| listener.port == port && listener.protocol == protocol;
        let fixed = self.pods.get(pod)?.listeners.iter().find(wanted);
        fixed.cloned().or_else(|| self.opened.find(pod, port, protocol))
    }

    /// A node's own address: node ports, host-network pods, the kubelet, and the API server.
    fn to_node(&self, from: &ObjectName, node: IpAddr, port: u16, protocol: Protocol) -> Outcome {
        let by_node_port = self.services.values().find(|service| {
            service.ports.iter().any(|known| known.node_port == Some(port) && known.protocol == protocol)
        });
        if let Some(service) = by_node_port {
            return self
                .through_service(from, service, |known| known.node_port == Some(port) && known.protocol == protocol);
        }
        if !self.allowed(from, Endpoint::Address(node), port, protocol) {
            return self.blocked();
        }
        let on_host = self.pods.iter().find(|(_, pod)| {
            pod.host_network
                && pod.addresses.contains(&node)
                && pod.listeners.iter().any(|listener| listener.port == port && listener.protocol == protocol)
        });
        if let Some((name, _)) = on_host {
            return self.listening(name, node, port, protocol);
        }
        let first = self.nodes.first() == Some(&node);
        match (protocol, port) {
            (Protocol::Tcp, 22 | 10_250) => {}
            (Protocol::Tcp, 6443) if first => {}
            _ => return Outcome::Refused,
        }
        let server = Server::Raw("tls".to_owned());
        Outcome::Open(Answering { pod: None, address: node, port, server })
    }
}

fn choose<T>(items: &[T]) -> Option<&T> {
    let index = usize::from(rand::random::<u16>()).checked_rem(items.len())?;
    items.get(index)
}

fn in_network(address: IpAddr, network: [u8; 4], bits: u8) -> bool {
    ipnet::Ipv4Net::new(network.into(), bits).is_ok_and(|net| ipnet::IpNet::V4(net).contains(&address))
}
