//! The part of a comparison that a query asks for.

use std::net::IpAddr;

use crate::compare::comparison::{ClassDifference, Comparison, EndpointClass};
use crate::compare::universe::{OutsideAddress, Universe, UniversePod};
use crate::compare::words::PortStretch;
use crate::model::{EndpointPattern, Pod, PortQuery, Query, Stranger, StrangerNamespace};

/// What was asked for of a comparison.
pub(crate) struct Asked {
    /// The ends that flows come from, by index of [`Comparison::endpoints`].
    pub(crate) sources: Vec<EndpointClass>,
    /// The ends that flows go to.
    pub(crate) destinations: Vec<EndpointClass>,
    /// The differences between them.
    pub(crate) differences: Vec<ClassDifference>,
}

impl Asked {
    pub(crate) fn of(comparison: &Comparison, universe: &Universe, query: &Query) -> Self {
        let side = |patterns: &[EndpointPattern], is_source: bool| -> Vec<EndpointClass> {
            let side = Side { universe, patterns, is_source };
            comparison.endpoints.iter().map(|class| side.part_of(class)).collect()
        };
        let (sources, destinations) = (side(&query.from, true), side(&query.to, false));
        let differences = comparison.differences.iter().filter_map(|difference| {
            let is_asked = !sources[difference.from].is_empty() && !destinations[difference.to].is_empty();
            let ports = ports(&difference.ports, &query.ports, &destinations[difference.to], universe);
            (is_asked && !ports.is_empty()).then(|| ClassDifference { ports, ..difference.clone() })
        });
        let differences = differences.collect();
        Self { sources, destinations, differences }
    }
}

/// Everything of a universe that one side of a query asks for: what `all` and `any` are said of.
pub(crate) fn everything(universe: &Universe, query: &Query, is_source: bool) -> EndpointClass {
    let patterns = if is_source { &query.from } else { &query.to };
    let mut all = EndpointClass { addresses: universe.addresses.clone(), ..EndpointClass::default() };
    for pod in &universe.pods {
        match pod {
            UniversePod::Real(name) => all.pods.push(name.clone()),
            UniversePod::Stranger(stranger) => all.strangers.push(stranger.clone()),
        }
    }
    Side { universe, patterns, is_source }.part_of(&all)
}

impl EndpointClass {
    fn is_empty(&self) -> bool {
        self.pods.is_empty() && self.strangers.is_empty() && self.addresses.is_empty()
    }
}

struct Side<'a> {
    universe: &'a Universe,
    patterns: &'a [EndpointPattern],
    is_source: bool,
}

impl Side<'_> {
    /// The members of a class that are asked for. Strangers stand in every namespace where they can be.
    fn part_of(&self, class: &EndpointClass) -> EndpointClass {
        let is_asked = |name: &crate::model::ObjectName| {
            let mut pods = self.universe.sides.iter().flat_map(|side| &side.pods);
            self.patterns.is_empty()
                || pods.any(|pod| pod.namespace == name.namespace && pod.name == name.name && self.picks(pod))
        };
        EndpointClass {
            pods: class.pods.iter().filter(|name| is_asked(name)).cloned().collect(),
            strangers: class.strangers.iter().flat_map(|stranger| self.strangers(stranger)).collect(),
            addresses: class.addresses.iter().filter_map(|address| self.address(address)).collect(),
        }
    }

    fn picks(&self, pod: &Pod) -> bool {
        self.patterns.is_empty() || self.patterns.iter().any(|pattern| pattern.matches(pod))
    }

    fn strangers(&self, stranger: &Stranger) -> Vec<Stranger> {
        // The names of its ports make no difference to what a pod opens connections to.
        if self.is_source && !stranger.port_names.is_empty() {
            return Vec::new();
        }
        let alike = match &stranger.namespace {
            StrangerNamespace::Named(name) => self.universe.alike.get(name).map(Vec::as_slice).unwrap_or_default(),
            StrangerNamespace::New(_) => &[],
        };
        let others =
            alike.iter().map(|name| Stranger { namespace: StrangerNamespace::Named(name.clone()), ..stranger.clone() });
        let as_pod = |stranger: &Stranger| Pod {
            namespace: stranger.namespace.to_string(),
            name: stranger.name().name,
            labels: stranger.labels.clone(),
            addresses: stranger.addresses.clone(),
            ..Pod::default()
        };
        [stranger.clone()].into_iter().chain(others).filter(|stranger| self.picks(&as_pod(stranger))).collect()
    }

    fn address(&self, address: &OutsideAddress) -> Option<OutsideAddress> {
        if self.patterns.is_empty() {
            return Some(address.clone());
        }
        let example = self.patterns.iter().filter_map(EndpointPattern::address).find(|asked| holds(address, *asked))?;
        // Of a block, only the address that was asked for.
        Some(OutsideAddress { example, block: Some(example.into()), without: Vec::new() })
    }
}

fn holds(outside: &OutsideAddress, address: IpAddr) -> bool {
    outside.example.is_ipv4() == address.is_ipv4()
        && outside.block.is_none_or(|block| block.contains(&address))
        && !outside.without.iter().any(|block| block.contains(&address))
}

/// The parts of stretches that are asked for.
fn ports(
    stretches: &[PortStretch],
    asked: &[PortQuery],
    destinations: &EndpointClass,
    universe: &Universe,
) -> Vec<PortStretch> {
    if asked.is_empty() {
        return joined(stretches.to_vec());
    }
    let mut ranges = Vec::new();
    for query in asked {
        match query {
            PortQuery::Range { from, to, protocol } => {
                ranges.push(PortStretch { protocol: *protocol, first: *from, last: *to });
            }
            PortQuery::Named { name, protocol } => ranges.extend(
                of_name(name, destinations, universe, stretches)
                    .into_iter()
                    .filter(|stretch| protocol.is_none_or(|protocol| protocol == stretch.protocol)),
            ),
        }
    }
    joined(stretches.iter().flat_map(|stretch| ranges.iter().filter_map(|range| both(*stretch, *range))).collect())
}

/// Neighbours together, each port once.
fn joined(mut stretches: Vec<PortStretch>) -> Vec<PortStretch> {
    stretches.sort();
    let mut joined: Vec<PortStretch> = Vec::new();
    for stretch in stretches {
        match joined.last_mut() {
            Some(before) if before.protocol == stretch.protocol && stretch.first <= before.last.saturating_add(1) => {
                before.last = before.last.max(stretch.last);
            }
            _ => joined.push(stretch),
        }
    }
    joined
}

/// The ports that destinations call by a name.
fn of_name(
    name: &str,
    destinations: &EndpointClass,
    universe: &Universe,
    stretches: &[PortStretch],
) -> Vec<PortStretch> {
    if destinations.strangers.iter().any(|stranger| stranger.port_names.iter().any(|own| own == name)) {
        return stretches.to_vec();
    }
    let pods = universe.sides.iter().flat_map(|side| &side.pods);
    let pods = pods
        .filter(|pod| destinations.pods.iter().any(|name| name.namespace == pod.namespace && name.name == pod.name));
    let ports = pods.flat_map(|pod| &pod.ports).filter(|port| port.name.as_deref() == Some(name));
    ports.map(|port| PortStretch { protocol: port.protocol, first: port.number, last: port.number }).collect()
}

fn both(a: PortStretch, b: PortStretch) -> Option<PortStretch> {
    let (first, last) = (a.first.max(b.first), a.last.min(b.last));
    (a.protocol == b.protocol && first <= last).then_some(PortStretch { protocol: a.protocol, first, last })
}
