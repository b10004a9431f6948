//! What two snapshots differ in, kind by kind, wherever the pods are whose addresses nobody has told.

use super::difference::{DifferenceByKind, FlowKind, difference_by_kind};
use crate::engine::Engine;
use crate::model::Query;

/// In more ways than these the same is not compared.
const MOST: usize = 8;

/// The same as [`difference_by_kind`], of engines that [`Engine::pair_with_unknown_addresses`] made: what differs in
/// some of the places alone in which pods may be is marked.
#[must_use]
pub fn difference_by_kind_wherever(a: &Engine, b: &Engine, query: &Query) -> DifferenceByKind {
    let mut difference = difference_by_kind(a.snapshot(), b.snapshot(), query);
    let ways = a.others().iter().zip(b.others());
    let all = ways.len();
    let ways: Vec<_> = ways.take(MOST).map(|(a, b)| difference_by_kind(a.snapshot(), b.snapshot(), query)).collect();
    merge(&mut difference.opens, ways.iter().map(|way| &way.opens));
    merge(&mut difference.closes, ways.iter().map(|way| &way.closes));
    for way in &ways {
        difference.more = difference.more.max(way.more);
        difference
            .limits
            .extend(way.limits.iter().filter(|limit| !difference.limits.contains(limit)).cloned().collect::<Vec<_>>());
    }
    if all > MOST {
        let limit = "policies tell more places apart than pods were put in; --pod-cidr says where they are".to_owned();
        difference.limits.push(limit);
    }
    difference
}

/// Marks what does not differ in every way, and adds what differs in others.
fn merge<'a>(kinds: &mut Vec<FlowKind>, ways: impl Iterator<Item = &'a Vec<FlowKind>>) {
    let is_same =
        |one: &FlowKind, other: &FlowKind| (&one.from, &one.to, &one.ports) == (&other.from, &other.to, &other.ports);
    for way in ways {
        for kind in kinds.iter_mut() {
            kind.depends |= !way.iter().any(|other| is_same(kind, other));
        }
        for other in way {
            if !kinds.iter().any(|kind| is_same(kind, other)) {
                kinds.push(FlowKind { depends: true, ..other.clone() });
            }
        }
    }
}
