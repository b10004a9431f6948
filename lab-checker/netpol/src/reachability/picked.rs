//! The endpoints and ports that a query picks.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use crate::classes::NO_CLASS;
use crate::engine::Engine;
use crate::model::{ContainerPort, EndpointPattern, Pod, PortQuery, Protocol, Query};

/// An endpoint that a query picks.
#[derive(Clone, Debug)]
pub(crate) struct PickedEndpoint {
    /// Its class.
    pub(crate) class: u32,
    pub(crate) id: EndpointId,
    /// Its ports, by index of [`Picked::port_sets`]; meaningful for destinations.
    pub(crate) ports: u32,
}

/// A pod by its index in the snapshot, or an address that is no pod's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum EndpointId {
    Pod(u32),
    Address(IpAddr),
}

/// Everything that a query picks: pods by namespace and name, then addresses in the order given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Picked {
    pub(crate) sources: Vec<PickedEndpoint>,
    pub(crate) destinations: Vec<PickedEndpoint>,
    /// The different lists of ports, each sorted.
    pub(crate) port_sets: Vec<Vec<(Protocol, u16)>>,
}

impl EndpointId {
    pub(crate) fn is_pod(self) -> bool {
        matches!(self, Self::Pod(_))
    }

    pub(crate) fn pod(self) -> Option<u32> {
        match self {
            Self::Pod(number) => Some(number),
            Self::Address(_) => None,
        }
    }

    pub(crate) fn address(self) -> Option<IpAddr> {
        match self {
            Self::Pod(_) => None,
            Self::Address(address) => Some(address),
        }
    }
}

impl Picked {
    pub(crate) fn new(engine: &Engine, query: &Query) -> Self {
        let mut ports = Ports::new(query);
        let mut picked = Self {
            sources: pick(engine, &query.from, &query.external, |_| 0),
            destinations: pick(engine, &query.to, &query.external, |pod| ports.of_pod(pod)),
            port_sets: Vec::new(),
        };
        if picked.destinations.iter().any(|endpoint| !endpoint.id.is_pod()) {
            let all = ports.of_address(engine);
            for endpoint in picked.destinations.iter_mut().filter(|endpoint| !endpoint.id.is_pod()) {
                endpoint.ports = all;
            }
        }
        picked.port_sets = ports.sets;
        picked
    }
}

fn pick(
    engine: &Engine,
    patterns: &[EndpointPattern],
    external: &[IpAddr],
    mut ports: impl FnMut(&Pod) -> u32,
) -> Vec<PickedEndpoint> {
    let (snapshot, compiled) = (engine.snapshot(), engine.compiled());
    let addresses: Vec<IpAddr> = if patterns.is_empty() {
        external.to_vec()
    } else {
        patterns.iter().filter_map(EndpointPattern::address).collect()
    };
    // An address that belongs to a pod means the pod, which its pattern picks.
    let is_outside = |address: &IpAddr| engine.directory().pod_at(*address).is_none();
    let picked = |pod: &Pod| patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(pod));
    let numbers = engine
        .pod_order()
        .sorted
        .iter()
        .filter(|&&at| compiled.classes.of_pod[at as usize] != NO_CLASS && picked(&snapshot.pods[at as usize]));
    let mut endpoints: Vec<PickedEndpoint> = numbers
        .map(|&at| {
            let class = compiled.classes.of_pod[at as usize];
            PickedEndpoint { class, id: EndpointId::Pod(at), ports: ports(&snapshot.pods[at as usize]) }
        })
        .collect();
    let mut seen = BTreeSet::new();
    for address in addresses.into_iter().filter(is_outside).filter(|address| seen.insert(*address)) {
        let class = compiled.classes.of_address(address, engine.directory().node_number(address), &compiled.vocabulary);
        endpoints.push(PickedEndpoint { class, id: EndpointId::Address(address), ports: 0 });
    }
    endpoints
}

/// Gives every destination its list of ports.
struct Ports<'a> {
    queries: &'a [PortQuery],
    /// The ports that are the same for every destination.
    fixed: BTreeSet<(Protocol, u16)>,
    /// Whether a destination's own declarations matter.
    own: bool,
    sets: Vec<Vec<(Protocol, u16)>>,
    index: HashMap<Vec<(Protocol, u16)>, u32>,
}

impl<'a> Ports<'a> {
    fn new(query: &'a Query) -> Self {
        let mut fixed = BTreeSet::new();
        for port in &query.ports {
            if let PortQuery::Range { from, to, protocol } = port {
                fixed.extend((*from..=*to).map(|port| (*protocol, port)));
            }
        }
        let named = query.ports.iter().any(|port| matches!(port, PortQuery::Named { .. }));
        let sets = vec![fixed.iter().copied().collect()];
        let index = HashMap::new();
        Self { queries: &query.ports, fixed, own: named || query.ports.is_empty(), sets, index }
    }

    fn of_pod(&mut self, pod: &Pod) -> u32 {
        if !self.own { 0 } else { self.declared(pod.ports.iter()) }
    }

    /// An address declares nothing: it is asked for the ports that any pod declares.
    fn of_address(&mut self, engine: &Engine) -> u32 {
        if !self.own {
            return 0;
        }
        let pods = engine.snapshot().pods.iter().filter(|pod| pod.is_endpoint());
        self.declared(pods.flat_map(|pod| &pod.ports))
    }

    fn declared<'p>(&mut self, declared: impl Iterator<Item = &'p ContainerPort>) -> u32 {
        let mut ports: Vec<(Protocol, u16)> =
            declared.filter(|port| self.asks(port)).map(|port| (port.protocol, port.number)).collect();
        ports.extend(&self.fixed);
        ports.sort_unstable();
        ports.dedup();
        if let Some(&known) = self.index.get(&ports) {
            return known;
        }
        let number = self.sets.len() as u32;
        self.index.insert(ports.clone(), number);
        self.sets.push(ports);
        number
    }

    fn asks(&self, port: &ContainerPort) -> bool {
        self.queries.is_empty()
            || self.queries.iter().any(|query| match query {
                PortQuery::Range { .. } => false,
                PortQuery::Named { name, protocol } => {
                    port.name.as_ref() == Some(name) && protocol.is_none_or(|protocol| protocol == port.protocol)
                }
            })
    }
}
