//! Differences joined into blocks: all of some sources to all of some destinations, at the same ports.

use std::collections::{BTreeMap, BTreeSet};

use super::asked::Asked;
use crate::compare::comparison::ClassDifference;
use crate::compare::words::PortStretch;
use crate::model::Verdict;

/// Flows from each of some classes to each of others. A pod to itself is not meant.
pub(crate) struct Block {
    pub(crate) from: BTreeSet<usize>,
    pub(crate) to: BTreeSet<usize>,
    pub(crate) ports: Vec<PortStretch>,
    /// What the first snapshot says.
    pub(crate) first: Verdict,
}

/// The blocks of what was asked. They are joined both ways, first by destination and first by source, and the
/// shorter list wins.
pub(crate) fn blocks(asked: &Asked) -> Vec<Block> {
    let [by_destination, by_source] = [false, true].map(|by_source| joined(asked, by_source));
    if by_source.len() < by_destination.len() { by_source } else { by_destination }
}

fn joined(asked: &Asked, by_source: bool) -> Vec<Block> {
    let mut lines: BTreeMap<(bool, &[PortStretch], usize), BTreeSet<usize>> = BTreeMap::new();
    for ClassDifference { from, to, ports, first } in &asked.differences {
        let (line, other) = if by_source { (*from, *to) } else { (*to, *from) };
        lines.entry((first.is_allowed(), ports, line)).or_default().insert(other);
    }
    let mut blocks: Vec<Growing<'_>> = Vec::new();
    for ((first, ports, line), others) in lines {
        let kind = (first, ports);
        match blocks.iter_mut().find(|block| block.kind == kind && block.takes(asked, line, &others)) {
            Some(block) => {
                block.others.extend(&others);
                block.lines.insert(line, others);
            }
            None => blocks.push(Growing { kind, others: others.clone(), lines: BTreeMap::from([(line, others)]) }),
        }
    }
    blocks.into_iter().map(|block| block.finish(by_source)).collect()
}

struct Growing<'a> {
    kind: (bool, &'a [PortStretch]),
    /// What each line has.
    lines: BTreeMap<usize, BTreeSet<usize>>,
    /// What they have together.
    others: BTreeSet<usize>,
}

impl Growing<'_> {
    /// Whether every line would still have all that they have together, itself left out where it is one pod.
    fn takes(&self, asked: &Asked, line: usize, others: &BTreeSet<usize>) -> bool {
        let whole = |line: usize, own: &BTreeSet<usize>| {
            let missing = self.others.union(others).filter(|other| !own.contains(other));
            missing.into_iter().all(|other| *other == line && is_one_pod(asked, line))
        };
        whole(line, others) && self.lines.iter().all(|(line, own)| whole(*line, own))
    }

    fn finish(self, by_source: bool) -> Block {
        let lines = self.lines.into_keys().collect();
        let (from, to) = if by_source { (lines, self.others) } else { (self.others, lines) };
        Block { from, to, ports: self.kind.1.to_vec(), first: Verdict::from_allowed(self.kind.0) }
    }
}

fn is_one_pod(asked: &Asked, class: usize) -> bool {
    let class = &asked.destinations[class];
    class.pods.len() == 1 && class.strangers.is_empty() && class.addresses.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::compare::comparison::EndpointClass;
    use crate::model::{ObjectName, Protocol};

    /// Classes of one pod each, but for the last two.
    fn asked(differences: Vec<ClassDifference>) -> Asked {
        let class = |at: usize| EndpointClass {
            pods: (0..=usize::from(at > 3)).map(|pod| ObjectName::new("shop", format!("{at}-{pod}"))).collect(),
            ..EndpointClass::default()
        };
        let classes: Vec<EndpointClass> = (0..6).map(class).collect();
        Asked { sources: classes.clone(), destinations: classes, differences }
    }

    fn flows<'a>(
        from: impl IntoIterator<Item = &'a usize>,
        to: &BTreeSet<usize>,
        ports: &[PortStretch],
        first: Verdict,
    ) -> Vec<(usize, usize, PortStretch, bool)> {
        let pairs = from.into_iter().flat_map(|from| to.iter().map(move |to| (*from, *to)));
        let pairs = pairs.filter(|(from, to)| from != to || *from > 3);
        pairs.flat_map(|(from, to)| ports.iter().map(move |port| (from, to, *port, first.is_allowed()))).collect()
    }

    proptest! {
        #[test]
        fn blocks_are_the_differences_and_no_more(
            found in prop::collection::btree_map((0..6_usize, 0..6_usize), (1..3_u16, any::<bool>()), 0..30)
        ) {
            let differences: Vec<ClassDifference> = found
                .into_iter()
                .filter(|((from, to), _)| from != to || *from > 3)
                .map(|((from, to), (port, first))| ClassDifference {
                    from,
                    to,
                    ports: vec![PortStretch { protocol: Protocol::Tcp, first: port, last: port }],
                    first: Verdict::from_allowed(first),
                })
                .collect();
            let asked = asked(differences);
            let mut told: Vec<_> =
                blocks(&asked).iter().flat_map(|block| flows(&block.from, &block.to, &block.ports, block.first)).collect();
            let mut meant: Vec<_> = asked
                .differences
                .iter()
                .flat_map(|one| flows([&one.from], &BTreeSet::from([one.to]), &one.ports, one.first))
                .collect();
            told.sort();
            meant.sort();
            prop_assert_eq!(told, meant);
        }
    }

    #[test]
    fn all_pods_to_all_others_are_one_block() {
        let ports = vec![PortStretch { protocol: Protocol::Tcp, first: 1, last: 9 }];
        let pairs = (0..4).flat_map(|from| (0..4).map(move |to| (from, to))).filter(|(from, to)| from != to);
        let difference = |(from, to)| ClassDifference { from, to, ports: ports.clone(), first: Verdict::Allowed };
        assert_eq!(blocks(&asked(pairs.map(difference).collect())).len(), 1);
    }
}
