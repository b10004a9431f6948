//! What two snapshots differ in: the flows that only one of them allows.

use std::collections::BTreeMap;

use serde::Serialize;

use super::all_flows::Reachability;
use crate::engine::Engine;
use crate::model::phrases::{all_of, counted};
use crate::model::{FlowText, Protocol, Query};

/// The flows that only one of two snapshots allows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Allowed in the first, not in the second.
    pub only_in_a: Vec<FlowText>,
    /// Allowed in the second, not in the first.
    pub only_in_b: Vec<FlowText>,
}

/// Compares two snapshots, flow by flow. A flow of a pod that only one of them has counts as not
/// allowed in the other.
#[must_use]
pub fn diff(a: &Engine, b: &Engine, query: &Query) -> Difference {
    let (a, b) = (a.reachability(query), b.reachability(query));
    Difference { only_in_a: only_in(&a, &b), only_in_b: only_in(&b, &a) }
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
        self.only_in_a.is_empty() && self.only_in_b.is_empty()
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
        sentences
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
