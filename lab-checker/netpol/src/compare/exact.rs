//! The comparison itself: stretch of ports by stretch of ports, what both sides allow between joint classes.

use std::collections::{BTreeMap, HashMap};

use fixedbitset::FixedBitSet;

use super::allowed::SideLayout;
use super::comparison::{ClassDifference, Comparison, EndpointClass};
use super::joint_classes::{JointClass, JointClasses};
use super::universe::{Universe, UniversePod};
use super::words::{PortStretch, Words};
use crate::classes::{Compiled, PortClass};
use crate::model::{NetworkPolicy, Snapshot, Verdict};
use crate::reachability::ClassVerdicts;

/// More differences than these are counted, not listed, unless they are about pods of today.
const MOST_DIFFERENCES: usize = 10_000;

/// What two snapshots differ in: over all pods of either, all pods that could be there (in each namespace, and in
/// new ones, with all labels and port names that either side tells apart), all addresses of both families, and all
/// ports of TCP, UDP and SCTP. A pod or namespace that only one of them has is put into the other.
///
/// Left out is what the standard leaves undefined: host-network pods, and a pod to itself. Pods of tomorrow have
/// free addresses in the networks around those of today's pods, and outside addresses are those of no pod, node or
/// Service.
///
/// `also` holds policies that are not evaluated, and whose words are told apart too.
#[must_use]
pub fn compare(a: &Snapshot, b: &Snapshot, also: &[NetworkPolicy]) -> Comparison {
    let also = Snapshot { policies: also.to_vec(), ..Snapshot::default() };
    let words = Words::new(&[a, b, &also]);
    compare_in(&Universe::new(a, b, &words))
}

/// Compares both sides of a universe.
pub(crate) fn compare_in(universe: &Universe) -> Comparison {
    let compiled = [Compiled::new(&universe.sides[0]), Compiled::new(&universe.sides[1])];
    let classes = JointClasses::new(universe, [&compiled[0], &compiled[1]]);
    let mut differing = Differing::new(&classes);
    let sources = classes.sources();
    let mut sides = [0, 1].map(|side| Side::new(&compiled[side], &classes, side));
    for port in &universe.ports {
        let [a, b] = &mut sides;
        let (a, b) = (a.rows(*port, &sources), b.rows(*port, &sources));
        for (from, (a, b)) in a.iter().zip(b).enumerate() {
            for to in a.symmetric_difference(b) {
                differing.add(from, to, *port, Verdict::from_allowed(a.contains(to)));
            }
        }
    }
    let compared = sources.count_ones(..) as u64 * classes.list.len() as u64 * universe.ports.len() as u64;
    differing.into_comparison(universe, compared)
}

/// One side, asked about one stretch of ports after the other.
struct Side<'a> {
    compiled: &'a Compiled,
    layout: SideLayout<'a>,
    /// What this side says of its own classes of ports, each of which may hold several stretches.
    known: HashMap<PortClass, Vec<FixedBitSet>>,
}

impl<'a> Side<'a> {
    fn new(compiled: &'a Compiled, classes: &JointClasses, side: usize) -> Self {
        let own = classes.list.iter().map(|class| class.of_side[side]).collect();
        Self { compiled, layout: SideLayout::new(compiled, own), known: HashMap::new() }
    }

    fn rows(&mut self, port: PortStretch, sources: &FixedBitSet) -> &[FixedBitSet] {
        let class = self.compiled.vocabulary.port_class(port.protocol, port.first);
        let rows = || self.layout.rows(&ClassVerdicts::new(self.compiled, class), sources);
        self.known.entry(class).or_insert_with(rows)
    }
}

/// The differences found so far.
struct Differing<'a> {
    classes: &'a [JointClass],
    found: BTreeMap<(usize, usize, bool), Vec<PortStretch>>,
    more: usize,
}

impl<'a> Differing<'a> {
    fn new(classes: &'a JointClasses) -> Self {
        Self { classes: &classes.list, found: BTreeMap::new(), more: 0 }
    }

    fn add(&mut self, from: usize, to: usize, port: PortStretch, first: Verdict) {
        let [source, destination] = [from, to].map(|at| &self.classes[at]);
        if from == to && !source.can_be_two() || source.is_outside() && destination.is_outside() {
            return;
        }
        let full = self.found.len() >= MOST_DIFFERENCES && !(source.is_there && destination.is_there);
        match self.found.entry((from, to, first.is_allowed())) {
            std::collections::btree_map::Entry::Occupied(mut known) => known.get_mut().push(port),
            std::collections::btree_map::Entry::Vacant(_) if full => self.more += 1,
            std::collections::btree_map::Entry::Vacant(new) => _ = new.insert(vec![port]),
        }
    }

    fn into_comparison(self, universe: &Universe, compared: u64) -> Comparison {
        let mut comparison = Comparison {
            more: self.more,
            compared,
            limits: universe.limits.iter().cloned().collect(),
            ..Comparison::default()
        };
        let mut places: HashMap<usize, usize> = HashMap::new();
        for ((from, to, first), ports) in self.found {
            let [from, to] = [from, to].map(|class| {
                *places.entry(class).or_insert_with(|| {
                    comparison.endpoints.push(endpoint_class(&self.classes[class], universe));
                    comparison.endpoints.len() - 1
                })
            });
            comparison.differences.push(ClassDifference { from, to, ports, first: Verdict::from_allowed(first) });
        }
        comparison
    }
}

fn endpoint_class(class: &JointClass, universe: &Universe) -> EndpointClass {
    let mut endpoints = EndpointClass::default();
    for pod in &class.pods {
        match &universe.pods[*pod as usize] {
            UniversePod::Real(name) => endpoints.pods.push(name.clone()),
            UniversePod::Stranger(stranger) => endpoints.strangers.push(stranger.clone()),
        }
    }
    endpoints.addresses.extend(class.addresses.iter().map(|at| universe.addresses[*at as usize].clone()));
    endpoints
}
