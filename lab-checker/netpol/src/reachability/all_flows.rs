//! The verdicts of all flows between a set of endpoints: counted without listing them, listed one at a
//! time.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use serde::Serialize;

use super::class_verdicts::Table;
use super::count::{PortCount, ports_by_class};
use super::own_node::{OwnNode, exempts};
use super::picked::{End, Ends, What};
use crate::classes::PortClass;
use crate::engine::Engine;
use crate::model::{FlowVerdict, Protocol, Query, Verdict};

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
}

/// The verdicts of all flows that a [`Query`] asks for.
#[derive(Debug)]
pub struct Reachability {
    pub(crate) engine: Engine,
    pub(crate) ends: Ends,
    tables: OnceLock<HashMap<PortClass, Table>>,
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
        let ends = Ends::new(self, query);
        Reachability { engine: self.clone(), ends, tables: OnceLock::new(), names: OnceLock::new() }
    }
}

impl Reachability {
    /// How many flows there are, and how many get through. It does not list them: the cost depends on
    /// how many pods the policies tell apart.
    #[must_use]
    pub fn count(&self) -> Counts {
        let compiled = self.engine.compiled();
        let own_node = OwnNode::new(&self.engine, &self.ends);
        let places = &self.engine.pod_order().place;
        let (mut flows, mut allowed) = (0, 0);
        for (port, ports_in_class) in ports_by_class(compiled, &self.ends) {
            let table = Table::new(compiled, port);
            let count = PortCount { compiled, ends: &self.ends, places, table: &table, ports_in_class };
            flows += count.flows();
            allowed += count.allowed(&own_node);
        }
        Counts { pods: self.pods(), ports: self.ports(), flows, allowed }
    }

    fn pods(&self) -> u64 {
        let mut seen = fixedbitset::FixedBitSet::with_capacity(self.engine.snapshot().pods.len());
        for end in self.ends.sources.iter().chain(&self.ends.destinations) {
            if let What::Pod(at) = end.what {
                seen.insert(at as usize);
            }
        }
        seen.count_ones(..) as u64
    }

    fn ports(&self) -> u64 {
        // The first set is what was asked for by number, whether or not there is a destination for it.
        let used: HashSet<u32> = self.ends.destinations.iter().map(|end| end.ports).chain([0]).collect();
        let ports: HashSet<&(Protocol, u16)> =
            used.into_iter().flat_map(|set| &self.ends.port_sets[set as usize]).collect();
        ports.len() as u64
    }

    /// Every flow with its verdict: by source, destination, port. Flows of a pod to itself and between
    /// two outside addresses are left out.
    pub fn rows(&self) -> impl Iterator<Item = FlowVerdict<'_>> {
        self.indexed_rows().map(|(row, _)| row)
    }

    /// The rows, each with the places of its source and destination.
    pub(crate) fn indexed_rows(&self) -> impl Iterator<Item = (FlowVerdict<'_>, (usize, usize))> {
        let (names, tables) = (self.names(), self.tables());
        let own_node = OwnNode::new(&self.engine, &self.ends);
        self.ends.sources.iter().zip(&names.sources).enumerate().flat_map(move |(source_at, (source, from))| {
            let on_own_node = own_node.destinations_of(source);
            let destinations = self.ends.destinations.iter().zip(&names.destinations).enumerate();
            let others = destinations.filter(move |(_, (destination, _))| is_asked(source, destination));
            others.flat_map(move |(at, (destination, to))| {
                let exempt = on_own_node.binary_search(&(at as u32)).is_ok();
                let undefined = self.is_host_pod(source) || self.is_host_pod(destination);
                let ports = &self.ends.port_sets[destination.ports as usize];
                ports.iter().map(move |&(protocol, port)| {
                    let allowed = exempt || self.allows(tables, source, destination, protocol, port);
                    let verdict = Verdict::from_allowed(allowed);
                    (FlowVerdict { from, to, port, protocol, verdict, undefined }, (source_at, at))
                })
            })
        })
    }

    /// Where the ends of another reachability stand in this one.
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
        tables: &HashMap<PortClass, Table>,
        source: &End,
        destination: &End,
        protocol: Protocol,
        port: u16,
    ) -> bool {
        let compiled = self.engine.compiled();
        let class = compiled.words.port_class(protocol, port);
        tables.get(&class).is_some_and(|table| table.allows(compiled, source.class, destination.class))
    }

    /// Every port asked for between two ends, with its verdict.
    pub(crate) fn port_verdicts(&self, source: &End, destination: &End) -> Vec<(Protocol, u16, bool)> {
        let tables = self.tables();
        let exempt = exempts(&self.engine, source, destination);
        let ports = self.ends.port_sets[destination.ports as usize].iter();
        let verdict =
            |&(protocol, port)| (protocol, port, exempt || self.allows(tables, source, destination, protocol, port));
        ports.map(verdict).collect()
    }

    fn is_host_pod(&self, end: &End) -> bool {
        match end.what {
            What::Pod(at) => self.engine.snapshot().pods[at as usize].host_network,
            What::Address(_) => false,
        }
    }

    fn tables(&self) -> &HashMap<PortClass, Table> {
        self.tables.get_or_init(|| {
            let compiled = self.engine.compiled();
            let classes = ports_by_class(compiled, &self.ends).into_keys();
            classes.map(|port| (port, Table::new(compiled, port))).collect()
        })
    }

    fn names(&self) -> &Names {
        let names = |ends: &[End]| {
            let name = |end: &End| match end.what {
                What::Pod(at) => {
                    let pod = &self.engine.snapshot().pods[at as usize];
                    format!("{}/{}", pod.namespace, pod.name)
                }
                What::Address(address) => address.to_string(),
            };
            ends.iter().map(name).collect()
        };
        self.names
            .get_or_init(|| Names { sources: names(&self.ends.sources), destinations: names(&self.ends.destinations) })
    }
}

/// A reachability, asked about the ends of another one.
pub(crate) struct Counterparts<'a> {
    reachability: &'a Reachability,
    sources: Vec<Option<usize>>,
    destinations: Vec<Option<usize>>,
}

impl Counterparts<'_> {
    /// Whether a flow between two ends of the other one gets through here; not when an end or the port
    /// is not there.
    pub(crate) fn allows(&self, (source, destination): (usize, usize), protocol: Protocol, port: u16) -> bool {
        let (Some(source), Some(destination)) = (self.sources[source], self.destinations[destination]) else {
            return false;
        };
        let own = self.reachability;
        let (source, destination) = (&own.ends.sources[source], &own.ends.destinations[destination]);
        let ports = &own.ends.port_sets[destination.ports as usize];
        ports.binary_search(&(protocol, port)).is_ok()
            && (exempts(&own.engine, source, destination)
                || own.allows(own.tables(), source, destination, protocol, port))
    }
}

/// Flows of a pod to itself and between two outside addresses are nobody's question.
pub(crate) fn is_asked(source: &End, destination: &End) -> bool {
    source.what != destination.what && (source.what.is_pod() || destination.what.is_pod())
}
