//! What the second of two snapshots opens and closes, kind by kind.

use std::collections::BTreeSet;

use super::asked::{Asked, everything};
use super::blocks::{Block, blocks};
use super::ends::EndsInWords;
use crate::compare::comparison::{EndpointClass, port_stretches_in_words};
use crate::compare::exact::compare_in;
use crate::compare::universe::Universe;
use crate::compare::words::{PortStretch, Words};
use crate::model::{Endpoint, FlowText, Query, Snapshot, Stranger};

/// What the second of two snapshots opens and closes. Both lists empty: they allow the same flows, with what
/// [`DifferenceByKind::limits`] and [`DifferenceByKind::undefined`] say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DifferenceByKind {
    /// Flows that only the second allows.
    pub opens: Vec<FlowKind>,
    /// Flows that only the first allows.
    pub closes: Vec<FlowKind>,
    /// Differences between classes beyond those that are told.
    pub more: usize,
    /// Where not everything was looked at, in sentences. Mostly empty.
    pub limits: Vec<String>,
    /// Flows that were left out, because the standard does not say what becomes of them.
    pub undefined: Option<String>,
}

/// Flows of one kind: from all of some ends to all of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowKind {
    /// Where they come from, in words: `any pod of production without the label app`.
    pub from: String,
    /// Where they go to, in words.
    pub to: String,
    /// At which ports.
    pub ports: Vec<PortStretch>,
    /// One of them; a pod that is not there is written as a [`Stranger`].
    pub example: FlowText,
    /// Whether they differ for some addresses of pods alone, which nobody has told.
    pub depends: bool,
}

impl FlowKind {
    /// The ports in words: `TCP 1–79 and 81–65535`.
    #[must_use]
    pub fn ports_in_words(&self) -> String {
        let whole = |stretch: &PortStretch| (stretch.first, stretch.last) == (1, u16::MAX);
        match self.ports.len() == 3 && self.ports.iter().all(whole) {
            true => "every port".to_owned(),
            false => port_stretches_in_words(&self.ports),
        }
    }
}

impl DifferenceByKind {
    /// Whether nothing differs in what was looked at.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.opens.is_empty() && self.closes.is_empty() && self.more == 0
    }
}

/// What the second of two snapshots opens and closes, of what a query asks for: over all that [`compare`] looks at,
/// also pods, ports and addresses that are not there today. A query without ports asks for every port.
///
/// [`compare`]: crate::compare
#[must_use]
pub fn difference_by_kind(a: &Snapshot, b: &Snapshot, query: &Query) -> DifferenceByKind {
    let words = Words::new(&[a, b]);
    let universe = Universe::new(a, b, &words);
    let comparison = compare_in(&universe);
    let asked = Asked::of(&comparison, &universe, query);
    let sources = EndsInWords::new(&universe, &words, everything(&universe, query, true), !query.from.is_empty());
    let destinations = EndsInWords::new(&universe, &words, everything(&universe, query, false), !query.to.is_empty());
    let mut difference =
        DifferenceByKind { more: comparison.more, limits: comparison.limits, ..DifferenceByKind::default() };
    difference.undefined = undefined(a, b);
    let mut told: Vec<(usize, bool, FlowKind)> = Vec::new();
    for block in blocks(&asked) {
        let (from, to) = (joined(&asked.sources, &block.from), joined(&asked.destinations, &block.to));
        let Some((rank, example)) = example(&asked, &block, &universe) else { continue };
        let (from, to) = (sources.of(&from), destinations.of(&to));
        told.push((rank, block.first.is_allowed(), FlowKind { from, to, ports: block.ports, example, depends: false }));
    }
    told.sort_by_key(|(rank, ..)| *rank);
    for (_, closes, kind) in told {
        if closes { difference.closes.push(kind) } else { difference.opens.push(kind) }
    }
    difference
}

fn undefined(a: &Snapshot, b: &Snapshot) -> Option<String> {
    let some = [a, b].iter().any(|side| side.pods.iter().any(|pod| pod.is_endpoint() && pod.host_network));
    some.then(|| {
        "what policies do to the flows of host-network pods is undefined, so these were not compared".to_owned()
    })
}

/// All ends of some classes.
fn joined(classes: &[EndpointClass], which: &BTreeSet<usize>) -> EndpointClass {
    let mut all = EndpointClass::default();
    for class in which.iter().map(|at| &classes[*at]) {
        all.pods.extend_from_slice(&class.pods);
        all.strangers.extend_from_slice(&class.strangers);
        all.addresses.extend_from_slice(&class.addresses);
    }
    all.pods.sort();
    all
}

/// The flow of a block that is easiest to understand, and how much a reader has to imagine.
fn example(asked: &Asked, block: &Block, universe: &Universe) -> Option<(usize, FlowText)> {
    let mut best: Option<(usize, Endpoint, Endpoint)> = None;
    for from in block.from.iter().flat_map(|at| first_ends(&asked.sources[*at])) {
        for to in block.to.iter().flat_map(|at| first_ends(&asked.destinations[*at])) {
            let rank = imagined(&from) + imagined(&to);
            let is_flow = from != to || matches!(&to, Endpoint::Pod(name) if Stranger::of_name(name).is_some());
            if is_flow && best.as_ref().is_none_or(|(least, ..)| rank < *least) {
                best = Some((rank, from.clone(), to));
            }
        }
    }
    let (rank, from, to) = best?;
    let port = port_of(&to, block, universe)?;
    let PortStretch { protocol, first, .. } = port;
    Some((rank, FlowText { from: from.to_string(), to: to.to_string(), port: first, protocol }))
}

/// Two ends of each kind are enough: an example needs one, and one that is not the other end.
fn first_ends(class: &EndpointClass) -> impl Iterator<Item = Endpoint> {
    let pods = class.pods.iter().take(2).cloned().map(Endpoint::Pod);
    let addresses = class.addresses.iter().take(1).map(|address| Endpoint::Address(address.example));
    let strangers = class.strangers.iter().take(1).map(|stranger| Endpoint::Pod(stranger.name()));
    pods.chain(addresses).chain(strangers)
}

fn imagined(end: &Endpoint) -> usize {
    match end {
        Endpoint::Pod(name) if Stranger::of_name(name).is_some() => 2,
        Endpoint::Pod(_) | Endpoint::Service(_) => 0,
        Endpoint::Address(_) => 1,
    }
}

/// A port of a block that its destination declares; else the first.
fn port_of(to: &Endpoint, block: &Block, universe: &Universe) -> Option<PortStretch> {
    let pods = universe.sides.iter().flat_map(|side| &side.pods);
    let pods = pods.filter(|pod| matches!(to, Endpoint::Pod(name) if name.namespace == pod.namespace && name.name == pod.name && Stranger::of_name(name).is_none()));
    let mut declared = pods.flat_map(|pod| &pod.ports);
    let served = declared.find(|port| {
        let is_in = |stretch: &&PortStretch| {
            stretch.protocol == port.protocol && (stretch.first..=stretch.last).contains(&port.number)
        };
        block.ports.iter().any(|stretch| is_in(&stretch))
    });
    let served = served.map(|port| PortStretch { protocol: port.protocol, first: port.number, last: port.number });
    served.or_else(|| block.ports.first().copied())
}
