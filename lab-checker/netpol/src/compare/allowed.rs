//! What one side allows between joint classes, at one stretch of ports.

use std::collections::HashMap;

use fixedbitset::FixedBitSet;

use crate::classes::Compiled;
use crate::reachability::ClassVerdicts;

/// The layout of one side: where its joint classes are among its own, and which lists of policies they have.
pub(crate) struct SideLayout<'a> {
    compiled: &'a Compiled,
    /// For each joint class, the side's own class.
    classes: Vec<u32>,
    /// For each list of ingress policies, the joint classes that it applies to.
    by_ingress: Vec<(u32, FixedBitSet)>,
}

impl<'a> SideLayout<'a> {
    pub(crate) fn new(compiled: &'a Compiled, classes: Vec<u32>) -> Self {
        let mut by_ingress: HashMap<u32, FixedBitSet> = HashMap::new();
        for (at, class) in classes.iter().enumerate() {
            let list = compiled.policy_lists[1].of_class[*class as usize];
            by_ingress.entry(list).or_insert_with(|| FixedBitSet::with_capacity(classes.len())).insert(at);
        }
        let mut by_ingress: Vec<(u32, FixedBitSet)> = by_ingress.into_iter().collect();
        by_ingress.sort_by_key(|(list, _)| *list);
        Self { compiled, classes, by_ingress }
    }

    /// For each joint class that is a source, those that it reaches.
    pub(crate) fn rows(&self, verdicts: &ClassVerdicts, is_source: &FixedBitSet) -> Vec<FixedBitSet> {
        if self.compiled.planes > 1 {
            return self.rows_by_family(verdicts, is_source);
        }
        let mut leaving: HashMap<u32, FixedBitSet> = HashMap::new();
        let mut rows = Vec::with_capacity(self.classes.len());
        for (at, class) in self.classes.iter().enumerate() {
            if !is_source.contains(at) {
                rows.push(FixedBitSet::new());
                continue;
            }
            let list = self.compiled.policy_lists[0].of_class[*class as usize];
            let leaves = leaving.entry(list).or_insert_with(|| self.leaves(verdicts, list));
            let mut row = FixedBitSet::with_capacity(self.classes.len());
            for (list, destinations) in &self.by_ingress {
                if verdicts.row(0, crate::model::Direction::Ingress, *list).contains(*class as usize) {
                    row.union_with(destinations);
                }
            }
            row.intersect_with(leaves);
            rows.push(row);
        }
        rows
    }

    /// The joint classes that a list of egress policies lets through to.
    fn leaves(&self, verdicts: &ClassVerdicts, list: u32) -> FixedBitSet {
        let row = verdicts.row(0, crate::model::Direction::Egress, list);
        let mut set = FixedBitSet::with_capacity(self.classes.len());
        for (at, class) in self.classes.iter().enumerate() {
            set.set(at, row.contains(*class as usize));
        }
        set
    }

    /// The same where a flow's address family depends on both of its ends.
    fn rows_by_family(&self, verdicts: &ClassVerdicts, is_source: &FixedBitSet) -> Vec<FixedBitSet> {
        let row = |(at, source): (usize, &u32)| {
            let mut row = FixedBitSet::with_capacity(self.classes.len());
            if !is_source.contains(at) {
                return row;
            }
            for (at, destination) in self.classes.iter().enumerate() {
                row.set(at, verdicts.allows(self.compiled, *source, *destination));
            }
            row
        };
        self.classes.iter().enumerate().map(row).collect()
    }
}
