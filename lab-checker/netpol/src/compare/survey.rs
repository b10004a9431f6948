//! A survey: everything that one snapshot allows, over the same universe that two snapshots are compared in, for
//! whoever has an opinion of their own about what should be allowed.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use super::universe::{OutsideAddress, Universe, UniversePod};
use super::words::{PortStretch, Words};
use crate::classes::{Compiled, PortClass};
use crate::engine::Engine;
use crate::model::{NetworkPolicy, ObjectName, Sides, Snapshot, Stranger};
use crate::reachability::ClassVerdicts;

/// Everything that a snapshot allows: between all pods that are there, all that could be, and all addresses outside.
pub struct Survey {
    /// The ends of flows.
    pub ends: Vec<SurveyEnd>,
    /// All ports, in stretches that nothing tells apart.
    pub ports: Vec<PortStretch>,
    /// Where not everything is looked at, in sentences. Mostly empty.
    pub limits: Vec<String>,
    /// For each end its kind: ends of one kind are treated alike.
    pub kinds: Vec<usize>,
    variants: Vec<Variant>,
}

/// One end of flows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SurveyEnd {
    /// A pod that is there.
    Pod(ObjectName),
    /// A pod that could be there.
    Stranger(Stranger),
    /// Addresses outside of the cluster.
    Address(OutsideAddress),
}

/// The snapshot with some addresses in it.
struct Variant {
    compiled: Compiled,
    /// For each kind, its class.
    classes: Vec<u32>,
}

/// What a survey says at one stretch of ports.
pub struct SurveyedPort<'a> {
    variants: Vec<(&'a Variant, ClassVerdicts)>,
}

impl SurveyedPort<'_> {
    /// What is said of flows from one kind to another.
    #[must_use]
    pub fn sides(&self, from: usize, to: usize) -> Sides {
        let each = self.variants.iter().map(|(variant, verdicts)| {
            Sides::of(verdicts.sides(&variant.compiled, variant.classes[from], variant.classes[to]))
        });
        each.reduce(Sides::or).unwrap_or(Sides::of([true, true]))
    }
}

impl Survey {
    /// Surveys a snapshot. `also` holds policies that are not evaluated, and whose words are told apart too.
    ///
    /// Left out is what the standard leaves undefined, as in [`compare`](crate::compare()).
    #[must_use]
    pub fn new(engine: &Engine, also: &[NetworkPolicy]) -> Self {
        let also = Snapshot { policies: also.to_vec(), ..Snapshot::default() };
        let words = Words::new(&[engine.snapshot(), &also]);
        let ways = std::iter::once(engine).chain(engine.others()).map(Engine::snapshot);
        let mut universes: Vec<Universe> = ways.map(|way| Universe::new(way, way, &words)).collect();
        let shape = |universe: &Universe| universe.pods.iter().map(UniversePod::without_address).collect::<Vec<_>>();
        let first = shape(&universes[0]);
        let all = universes.len();
        universes.retain(|universe| shape(universe) == first);
        if universes.len() < all {
            let limit = "not every place among the blocks of addresses was looked at in which pods may be";
            universes[0].limits.insert(limit.to_owned());
        }
        Self::of(&universes)
    }

    /// The survey of universes that differ in nothing but the addresses of pods.
    fn of(universes: &[Universe]) -> Self {
        let first = &universes[0];
        let outside: Vec<IpAddr> = first.addresses.iter().map(|address| address.example).collect();
        let compiled: Vec<(Compiled, Vec<u32>)> =
            universes.iter().map(|universe| classes_of(universe, &outside)).collect();
        let mut ends: Vec<SurveyEnd> = first.pods.iter().map(SurveyEnd::from).collect();
        ends.extend(first.addresses.iter().cloned().map(SurveyEnd::Address));
        let mut index: HashMap<(bool, Vec<u32>), usize> = HashMap::new();
        let mut variants: Vec<Variant> = Vec::new();
        let mut of_kind: Vec<Vec<u32>> = Vec::new();
        let kinds = ends.iter().enumerate().map(|(at, end)| {
            let classes: Vec<u32> = compiled.iter().map(|(_, classes)| classes[at]).collect();
            *index.entry((matches!(end, SurveyEnd::Address(_)), classes.clone())).or_insert_with(|| {
                of_kind.push(classes);
                of_kind.len() - 1
            })
        });
        let kinds = kinds.collect();
        for (at, (compiled, _)) in compiled.into_iter().enumerate() {
            variants.push(Variant { compiled, classes: of_kind.iter().map(|classes| classes[at]).collect() });
        }
        let limits: BTreeSet<String> = universes.iter().flat_map(|universe| &universe.limits).cloned().collect();
        Self { ends, ports: first.ports.clone(), limits: limits.into_iter().collect(), kinds, variants }
    }

    /// What it says at a port.
    #[must_use]
    pub fn at(&self, port: PortStretch) -> SurveyedPort<'_> {
        let verdicts = |variant: &Variant| {
            let class: PortClass = variant.compiled.vocabulary.port_class(port.protocol, port.first);
            ClassVerdicts::new(&variant.compiled, class)
        };
        SurveyedPort { variants: self.variants.iter().map(|variant| (variant, verdicts(variant))).collect() }
    }
}

impl std::fmt::Debug for Survey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Survey").field("ends", &self.ends.len()).field("ports", &self.ports).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SurveyedPort<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SurveyedPort").finish_non_exhaustive()
    }
}

impl From<&UniversePod> for SurveyEnd {
    fn from(pod: &UniversePod) -> Self {
        match pod {
            UniversePod::Real(name) => Self::Pod(name.clone()),
            UniversePod::Stranger(stranger) => Self::Stranger(stranger.clone()),
        }
    }
}

/// The classes of all ends in one universe: of its pods, then of these addresses.
fn classes_of(universe: &Universe, outside: &[IpAddr]) -> (Compiled, Vec<u32>) {
    let compiled = Compiled::new(&universe.sides[0]);
    let pods = (0..universe.pods.len()).map(|at| compiled.classes.of_pod[at]);
    let addresses = outside.iter().map(|address| compiled.classes.of_address(*address, None, &compiled.vocabulary));
    let classes = pods.chain(addresses).collect();
    (compiled, classes)
}
