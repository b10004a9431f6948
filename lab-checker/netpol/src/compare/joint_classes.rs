//! Endpoints that neither side tells apart.

use std::collections::HashMap;

use fixedbitset::FixedBitSet;

use super::universe::{Universe, UniversePod};
use crate::classes::Compiled;

/// The classes that both sides have together.
pub(crate) struct JointClasses {
    pub(crate) list: Vec<JointClass>,
}

/// Endpoints that are in the same class on each side.
pub(crate) struct JointClass {
    /// The class on either side.
    pub(crate) of_side: [u32; 2],
    /// Indexes of the universe's pods.
    pub(crate) pods: Vec<u32>,
    /// Indexes of the universe's outside addresses.
    pub(crate) addresses: Vec<u32>,
    /// How many pods a cluster can have of it.
    count: Count,
    /// Whether it has a member that is there today.
    pub(crate) is_there: bool,
    /// Whether it has a member whose ports have no names: as a source, all others are like one of these.
    pub(crate) is_source: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Count {
    One,
    Many,
}

impl JointClasses {
    pub(crate) fn new(universe: &Universe, sides: [&Compiled; 2]) -> Self {
        let mut classes = Self { list: Vec::new() };
        let mut index: HashMap<([u32; 2], bool), usize> = HashMap::new();
        for (at, pod) in universe.pods.iter().enumerate() {
            let class = classes.entry(&mut index, sides.map(|side| side.classes.of_pod[at]), true);
            class.add(at, pod);
        }
        for (at, address) in universe.addresses.iter().enumerate() {
            let of = |side: &Compiled| side.classes.of_address(address.example, None, &side.vocabulary);
            let class = classes.entry(&mut index, sides.map(of), false);
            (class.is_there, class.is_source) = (true, true);
            class.addresses.push(at as u32);
        }
        classes
    }

    /// Those that are sources of flows.
    pub(crate) fn sources(&self) -> FixedBitSet {
        self.list.iter().enumerate().filter(|(_, class)| class.is_source).map(|(at, _)| at).collect()
    }

    fn entry(
        &mut self,
        index: &mut HashMap<([u32; 2], bool), usize>,
        of_side: [u32; 2],
        pods: bool,
    ) -> &mut JointClass {
        let at = *index.entry((of_side, pods)).or_insert_with(|| {
            self.list.push(JointClass {
                of_side,
                pods: Vec::new(),
                addresses: Vec::new(),
                count: Count::One,
                is_there: false,
                is_source: false,
            });
            self.list.len() - 1
        });
        &mut self.list[at]
    }
}

impl JointClass {
    fn add(&mut self, at: usize, pod: &UniversePod) {
        // Tomorrow there can be any number of pods of a stranger's kind.
        if !self.pods.is_empty() || matches!(pod, UniversePod::Stranger(_)) {
            self.count = Count::Many;
        }
        match pod {
            UniversePod::Real(_) => (self.is_there, self.is_source) = (true, true),
            UniversePod::Stranger(stranger) => self.is_source |= stranger.port_names.is_empty(),
        }
        self.pods.push(at as u32);
    }

    /// Whether these are addresses outside of the cluster.
    pub(crate) fn is_outside(&self) -> bool {
        self.pods.is_empty()
    }

    /// Whether two different pods can be of this class.
    pub(crate) fn can_be_two(&self) -> bool {
        self.count == Count::Many
    }
}
