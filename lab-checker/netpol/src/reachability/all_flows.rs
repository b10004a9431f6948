//! The verdicts of all flows between a set of endpoints: counted without listing them, listed one at a
//! time.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use serde::Serialize;

use super::class_verdicts::ClassVerdicts;
use super::count::{PortCount, ports_by_class};
use super::own_node::{OwnNode, exempts};
use super::picked::{EndpointId, Picked, PickedEndpoint};
use crate::classes::PortClass;
use crate::engine::Engine;
use crate::model::{Depends, FlowVerdict, Protocol, Query, Sides, Verdict};

/// How many flows there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Pods that are a source or a destination.
    pub pods: u64,
    /// Different ports that were asked for, or that the destinations declare.
    pub ports: u64,
    /// Flows, those of a pod to itself left out.
    pub flows: u64,
    /// Flows that get through.
    pub allowed: u64,
    /// Flows whose verdict depends on addresses that nobody has told; they are not among those that get through.
    #[serde(skip_serializing_if = "is_zero")]
    pub depends: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks in this way")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The verdicts of all flows that a [`Query`] asks for.
#[derive(Debug)]
pub struct Reachability {
    pub(crate) engine: Engine,
    pub(crate) picked: Picked,
    verdicts: OnceLock<HashMap<PortClass, ClassVerdicts>>,
    /// The same question with pods at other addresses.
    others: Vec<Reachability>,
    names: OnceLock<Names>,
}

#[derive(Debug)]
struct Names {
    sources: Vec<String>,
    destinations: Vec<String>,
}

impl Engine {
    /// The verdicts of all flows that a query asks for. Counting is cheap however many there are;
    /// the rows are made one at a time.
    #[must_use]
    pub fn reachability(&self, query: &Query) -> Reachability {
        let picked = Picked::new(self, query);
        let others = self.others().iter().map(|other| other.reachability(query)).collect();
        Reachability { engine: self.clone(), picked, verdicts: OnceLock::new(), names: OnceLock::new(), others }
    }
}

impl Reachability {
    /// How many flows there are, and how many get through. It does not list them: the cost depends on
    /// how many pods the policies tell apart.
    #[must_use]
    pub fn count(&self) -> Counts {
        let compiled = self.engine.compiled();
        let own_node = OwnNode::new(&self.engine, &self.picked);
        let places = &self.engine.pod_order().place;
        let (mut flows, mut allowed) = (0, 0);
        for (port, ports_in_class) in ports_by_class(compiled, &self.picked) {
            let verdicts = ClassVerdicts::new(compiled, port);
            let count = PortCount { compiled, picked: &self.picked, places, verdicts: &verdicts, ports_in_class };
            flows += count.flows();
            allowed += count.allowed(&own_node);
        }
        let depends = self.rows_that_depend();
        let allowed = if depends == 0 { allowed } else { self.rows().filter(FlowVerdict::is_allowed).count() as u64 };
        Counts { pods: self.pods(), ports: self.ports(), flows, allowed, depends }
    }

    /// How many flows depend on addresses; where all addresses are known, none is looked at.
    fn rows_that_depend(&self) -> u64 {
        match self.others.is_empty() {
            true => 0,
            false => self.rows().filter(|row| row.depends.is_any()).count() as u64,
        }
    }

    fn pods(&self) -> u64 {
        let mut seen = fixedbitset::FixedBitSet::with_capacity(self.engine.snapshot().pods.len());
        for endpoint in self.picked.sources.iter().chain(&self.picked.destinations) {
            if let EndpointId::Pod(at) = endpoint.id {
                seen.insert(at as usize);
            }
        }
        seen.count_ones(..) as u64
    }

    fn ports(&self) -> u64 {
        // The first set is what was asked for by number, whether or not there is a destination for it.
        let used: HashSet<u32> = self.picked.destinations.iter().map(|endpoint| endpoint.ports).chain([0]).collect();
        let ports: HashSet<&(Protocol, u16)> =
            used.into_iter().flat_map(|set| &self.picked.port_sets[set as usize]).collect();
        ports.len() as u64
    }

    /// Every flow with its verdict: by source, destination, port. Flows of a pod to itself and between
    /// two outside addresses are left out.
    pub fn rows(&self) -> impl Iterator<Item = FlowVerdict<'_>> {
        self.indexed_rows().map(|(row, _)| row)
    }

    /// The rows, each with the places of its source and destination.
    pub(crate) fn indexed_rows(&self) -> impl Iterator<Item = (FlowVerdict<'_>, (usize, usize))> {
        let (names, verdicts) = (self.names(), self.verdicts());
        let own_node = OwnNode::new(&self.engine, &self.picked);
        self.picked.sources.iter().zip(&names.sources).enumerate().flat_map(move |(source_at, (source, from))| {
            let on_own_node = own_node.destinations_of(source);
            let destinations = self.picked.destinations.iter().zip(&names.destinations).enumerate();
            let others = destinations.filter(move |(_, (destination, _))| is_asked(source, destination));
            others.flat_map(move |(at, (destination, to))| {
                let exempt = on_own_node.binary_search(&(at as u32)).is_ok();
                let undefined = self.is_host_pod(source) || self.is_host_pod(destination);
                let ports = &self.picked.port_sets[destination.ports as usize];
                ports.iter().map(move |&(protocol, port)| {
                    let sides = self.sides(verdicts, source, destination, protocol, port);
                    let [egress, ingress] = sides.map(|side| Verdict::from_allowed(exempt || side));
                    let depends = match exempt {
                        true => Depends::default(),
                        false => {
                            let depends = self.known(Sides::of(sides), (source_at, at), protocol, port).depends();
                            // Policies see no pod there, so it is no pod's address that they are unsure about.
                            let node = depends.destination && !self.is_seen(destination);
                            Depends { node, ..depends }
                        }
                    };
                    let verdict = Verdict::from_allowed(egress.is_allowed() && ingress.is_allowed());
                    let row = FlowVerdict { from, to, port, protocol, verdict, egress, ingress, undefined, depends };
                    (row, (source_at, at))
                })
            })
        })
    }

    /// In how many ways the same is asked.
    pub(crate) fn ways(&self) -> usize {
        1 + self.others.len()
    }

    /// The same question in one of the ways; as it is, when there are not so many.
    pub(crate) fn way(&self, at: usize) -> &Self {
        at.checked_sub(1).and_then(|at| self.others.get(at)).unwrap_or(self)
    }

    /// Where the endpoints of another reachability stand in this one.
    pub(crate) fn counterparts(&self, other: &Reachability) -> Counterparts<'_> {
        let find = |own: &[String], others: &[String]| -> Vec<Option<usize>> {
            let places: HashMap<&str, usize> = own.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
            others.iter().map(|name| places.get(name.as_str()).copied()).collect()
        };
        let (own, others) = (self.names(), other.names());
        Counterparts {
            reachability: self,
            sources: find(&own.sources, &others.sources),
            destinations: find(&own.destinations, &others.destinations),
        }
    }

    fn allows(
        &self,
        verdicts: &HashMap<PortClass, ClassVerdicts>,
        source: &PickedEndpoint,
        destination: &PickedEndpoint,
        protocol: Protocol,
        port: u16,
    ) -> bool {
        self.sides(verdicts, source, destination, protocol, port) == [true, true]
    }

    /// What is known of a flow of which this is one way, wherever pods are.
    fn known(&self, own: Sides, (source, destination): (usize, usize), protocol: Protocol, port: u16) -> Sides {
        let other = |other: &Reachability| {
            let (source, destination) = (&other.picked.sources[source], &other.picked.destinations[destination]);
            Sides::of(other.sides(other.verdicts(), source, destination, protocol, port))
        };
        self.others.iter().map(other).fold(own, Sides::or)
    }

    /// Whether the source lets the flow out, and the destination lets it in.
    fn sides(
        &self,
        verdicts: &HashMap<PortClass, ClassVerdicts>,
        source: &PickedEndpoint,
        destination: &PickedEndpoint,
        protocol: Protocol,
        port: u16,
    ) -> [bool; 2] {
        let compiled = self.engine.compiled();
        let class = compiled.vocabulary.port_class(protocol, port);
        let verdicts = verdicts.get(&class);
        verdicts.map_or([false, false], |verdicts| verdicts.sides(compiled, source.class, destination.class))
    }

    /// Every port asked for between two endpoints, with its verdict; none where it depends on addresses.
    pub(crate) fn port_verdicts(
        &self,
        source: &PickedEndpoint,
        destination: &PickedEndpoint,
    ) -> Vec<(Protocol, u16, Option<Verdict>)> {
        let verdicts = self.verdicts();
        let exempt = exempts(&self.engine, source, destination);
        let places = self.places_of(source, destination);
        let ports = self.picked.port_sets[destination.ports as usize].iter();
        let verdict = |&(protocol, port)| {
            let own = Sides::of(self.sides(verdicts, source, destination, protocol, port));
            let known = places.map_or(own, |places| self.known(own, places, protocol, port));
            (protocol, port, if exempt { Some(Verdict::Allowed) } else { known.verdict() })
        };
        ports.map(verdict).collect()
    }

    /// Where two endpoints stand, when that matters: where the same is asked with pods at other addresses.
    fn places_of(&self, source: &PickedEndpoint, destination: &PickedEndpoint) -> Option<(usize, usize)> {
        if self.others.is_empty() {
            return None;
        }
        let place = |list: &[PickedEndpoint], one: &PickedEndpoint| list.iter().position(|other| other.id == one.id);
        Some((place(&self.picked.sources, source)?, place(&self.picked.destinations, destination)?))
    }

    /// Whether selectors see it.
    pub(crate) fn is_seen(&self, endpoint: &PickedEndpoint) -> bool {
        endpoint.id.is_pod() && !self.is_host_pod(endpoint)
    }

    /// Whether the standard leaves its flows undefined.
    pub(crate) fn is_host_pod(&self, endpoint: &PickedEndpoint) -> bool {
        match endpoint.id {
            EndpointId::Pod(at) => self.engine.snapshot().pods[at as usize].host_network,
            EndpointId::Address(_) => false,
        }
    }

    fn verdicts(&self) -> &HashMap<PortClass, ClassVerdicts> {
        self.verdicts.get_or_init(|| {
            let compiled = self.engine.compiled();
            let classes = ports_by_class(compiled, &self.picked).into_keys();
            classes.map(|port| (port, ClassVerdicts::new(compiled, port))).collect()
        })
    }

    fn names(&self) -> &Names {
        let names = |endpoints: &[PickedEndpoint]| {
            let name = |endpoint: &PickedEndpoint| match endpoint.id {
                EndpointId::Pod(at) => {
                    let pod = &self.engine.snapshot().pods[at as usize];
                    format!("{}/{}", pod.namespace, pod.name)
                }
                EndpointId::Address(address) => address.to_string(),
            };
            endpoints.iter().map(name).collect()
        };
        self.names.get_or_init(|| Names {
            sources: names(&self.picked.sources),
            destinations: names(&self.picked.destinations),
        })
    }
}

/// A reachability, asked about the endpoints of another one.
pub(crate) struct Counterparts<'a> {
    reachability: &'a Reachability,
    sources: Vec<Option<usize>>,
    destinations: Vec<Option<usize>>,
}

impl Counterparts<'_> {
    /// Whether a flow between two endpoints of the other one gets through here; not when an endpoint or the port
    /// is not there.
    pub(crate) fn allows(&self, (source, destination): (usize, usize), protocol: Protocol, port: u16) -> bool {
        let (Some(source), Some(destination)) = (self.sources[source], self.destinations[destination]) else {
            return false;
        };
        let own = self.reachability;
        let (source, destination) = (&own.picked.sources[source], &own.picked.destinations[destination]);
        let ports = &own.picked.port_sets[destination.ports as usize];
        ports.binary_search(&(protocol, port)).is_ok()
            && (exempts(&own.engine, source, destination)
                || own.allows(own.verdicts(), source, destination, protocol, port))
    }
}

/// Flows of a pod to itself and between two outside addresses are nobody's question.
pub(crate) fn is_asked(source: &PickedEndpoint, destination: &PickedEndpoint) -> bool {
    source.id != destination.id && (source.id.is_pod() || destination.id.is_pod())
}
