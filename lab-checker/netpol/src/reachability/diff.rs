//! What two snapshots differ in: the flows that only one of them allows.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::all_flows::Reachability;
use crate::engine::Engine;
use crate::model::phrases::{all_of, counted};
use crate::model::{DEPENDS, FlowText, FlowVerdict, Protocol, Query};

/// The flows that only one of two snapshots allows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Allowed in the first, not in the second.
    pub only_in_a: Vec<FlowText>,
    /// Allowed in the second, not in the first.
    pub only_in_b: Vec<FlowText>,
    /// Flows in which the two differ or not, depending on addresses that nobody has told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends: Vec<Dependent>,
}

/// A flow in which two snapshots differ for some addresses of pods, and not for others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dependent {
    /// The flow.
    #[serde(flatten)]
    pub flow: FlowText,
    /// What the first says of it: `allowed`, `blocked` or `depends`.
    pub in_a: &'static str,
    /// What the second says of it.
    pub in_b: &'static str,
    /// The ends whose addresses or nodes decide.
    pub depends_on: Vec<String>,
    /// Whether it is which nodes there are that decides.
    #[serde(skip)]
    pub on_nodes: bool,
}

/// Compares two snapshots, flow by flow. A flow of a pod that only one of them has counts as not
/// allowed in the other.
#[must_use]
pub fn diff(a: &Engine, b: &Engine, query: &Query) -> Difference {
    let (a, b) = (a.reachability(query), b.reachability(query));
    let ways = a.ways().max(b.ways());
    if ways == 1 {
        return Difference { only_in_a: only_in(&a, &b), only_in_b: only_in(&b, &a), depends: Vec::new() };
    }
    wherever(&a, &b, ways)
}

/// The same where nobody has told the addresses of some pods: what differs wherever they are, and what depends.
fn wherever(a: &Reachability, b: &Reachability, ways: usize) -> Difference {
    let mut found: HashMap<FlowText, [usize; 2]> = HashMap::new();
    let mut order: Vec<FlowText> = Vec::new();
    for at in 0..ways {
        let (a, b) = (a.way(at), b.way(at));
        for (side, flows) in [only_in(a, b), only_in(b, a)].into_iter().enumerate() {
            for flow in flows {
                let count = found.entry(flow).or_insert_with_key(|flow| {
                    order.push(flow.clone());
                    [0, 0]
                });
                count[side] += 1;
            }
        }
    }
    let is_sure = |flow: &FlowText| found[flow].contains(&ways);
    let mut dependent: HashMap<FlowText, Dependent> = HashMap::new();
    for flow in order.iter().filter(|flow| !is_sure(flow)) {
        let one =
            Dependent { flow: flow.clone(), in_a: "blocked", in_b: "blocked", depends_on: Vec::new(), on_nodes: false };
        dependent.insert(flow.clone(), one);
    }
    for (reachability, is_a) in [(a, true), (b, false)] {
        for row in reachability.rows() {
            let Some(one) = dependent.get_mut(&row.flow()) else { continue };
            *(if is_a { &mut one.in_a } else { &mut one.in_b }) = word(&row);
            one.on_nodes |= row.depends.node;
            one.depends_on.extend(row.depends_on().into_iter().map(str::to_owned));
        }
    }
    let mut difference = Difference::default();
    for flow in order {
        match (found[&flow], dependent.remove(&flow)) {
            ([a, _], None) if a == ways => difference.only_in_a.push(flow),
            (_, None) => difference.only_in_b.push(flow),
            (_, Some(mut one)) => {
                one.depends_on.sort();
                one.depends_on.dedup();
                difference.depends.push(one);
            }
        }
    }
    difference
}

fn word(row: &FlowVerdict<'_>) -> &'static str {
    match row.verdict.is_allowed() {
        _ if row.depends.is_any() => DEPENDS,
        true => "allowed",
        false => "blocked",
    }
}

/// The flows that one allows and the other does not. Both sides are looked up by name once; every flow is
/// then two looks into bit tables.
fn only_in(one: &Reachability, other: &Reachability) -> Vec<FlowText> {
    let counterparts = other.counterparts(one);
    let mut found = Vec::new();
    for (row, places) in one.indexed_rows() {
        if row.verdict.is_allowed() && !counterparts.allows(places, row.protocol, row.port) {
            found.push(row.flow());
        }
    }
    found
}

impl Difference {
    /// Whether both allow the same flows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.only_in_a.is_empty() && self.only_in_b.is_empty() && self.depends.is_empty()
    }

    /// What changed from the first to the second, in a few sentences: what is opened and what is
    /// closed, told by destination.
    #[must_use]
    pub fn summary(&self) -> Vec<String> {
        if self.is_empty() {
            return vec!["Both allow exactly the same flows.".to_owned()];
        }
        let mut sentences = told(&self.only_in_b, "opens");
        sentences.extend(told(&self.only_in_a, "closes"));
        if !self.depends.is_empty() {
            let verb = if self.depends.len() == 1 { "depends" } else { "depend" };
            let on = unknown_in_words(self.depends.iter().map(|one| one.on_nodes));
            let count = counted(self.depends.len(), "difference");
            sentences.push(format!("{count} {verb} on {on}, which the files do not name."));
        }
        sentences
    }
}

/// What decides of which the files say nothing; told for each flow whether it is nodes.
pub fn unknown_in_words(on_nodes: impl Iterator<Item = bool>) -> &'static str {
    let seen = on_nodes.fold([false; 2], |seen, nodes| [seen[0] || !nodes, seen[1] || nodes]);
    match seen {
        [true, true] => "the addresses of pods and on nodes",
        [false, true] => "nodes",
        _ => "the addresses of pods",
    }
}

/// One sentence for all flows, then one for each destination, the most affected first.
fn told(flows: &[FlowText], does: &str) -> Vec<String> {
    /// So many destinations, and so many sources of each, are told one by one.
    const AT_MOST: usize = 8;
    if flows.is_empty() {
        return Vec::new();
    }
    let mut destinations: BTreeMap<(&str, u16, Protocol), Vec<&str>> = BTreeMap::new();
    for flow in flows {
        destinations.entry((&flow.to, flow.port, flow.protocol)).or_default().push(&flow.from);
    }
    let mut sentences = vec![format!("The second {does} {}.", counted(flows.len(), "flow"))];
    let mut destinations: Vec<_> = destinations.into_iter().collect();
    destinations.sort_by_key(|(_, sources)| std::cmp::Reverse(sources.len()));
    for ((to, port, protocol), sources) in destinations.iter().take(AT_MOST) {
        let from = match sources.len() {
            count if count > AT_MOST => format!("{} and {} others", sources[..3].join(", "), count - 3),
            _ => all_of(sources),
        };
        sentences.push(format!("It {does} {to}:{port}/{protocol} to {from}."));
    }
    if let Some(more) = destinations.len().checked_sub(AT_MOST).filter(|more| *more > 0) {
        sentences.push(format!("It also {does} {}.", counted(more, "more destination")));
    }
    sentences
}
