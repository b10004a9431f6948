//! A gate as it is kept: which worlds stand behind it, which of them is current, and how far the revisions have come
//! that it has given out. What a step changes is worked out here, whatever it is kept in.

use crate::settings::Used;
use crate::store::cluster_id::ClusterId;
use crate::store::setup::Setup;
use crate::store::state::{Revision, State};
use crate::store::transaction::Outcome;
use crate::store::world::World;

/// A gate.
#[derive(Debug, Clone, Default)]
pub(crate) struct GateRow {
    /// Rises with every step.
    pub(crate) version: u64,
    pub(crate) current: World,
    /// No revision that this gate gave out before the last step of its current world is higher.
    pub(crate) highest: Revision,
    pub(crate) token_hash: Option<String>,
    pub(crate) worlds: Vec<WorldRow>,
}

/// A world behind a gate.
#[derive(Debug, Clone)]
pub(crate) struct WorldRow {
    pub(crate) world: World,
    /// The cluster that it is now. A world that is begun anew becomes another one.
    pub(crate) cluster: ClusterId,
    pub(crate) setup: Setup,
    /// Its objects appear to be no older than this: lower revisions are those of other worlds.
    pub(crate) floor: Revision,
    /// What it held when the gate was read.
    pub(crate) used: Used,
}

/// What is to be done with the worlds of a gate.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) world: World,
    /// What the world is when it begins; `None` when it is there, and goes on.
    pub(crate) beginning: Option<Beginning>,
    /// Whether a world that is there begins anew.
    pub(crate) anew: bool,
    /// Whether it becomes the current one. The current one stays it in any case.
    pub(crate) current: bool,
}

/// A world at its beginning.
#[derive(Clone)]
pub(crate) struct Beginning {
    pub(crate) setup: Setup,
    /// What its clusters begin with, as it is stored.
    pub(crate) baseline: State,
    /// How it is after its first write.
    pub(crate) outcome: std::sync::Arc<Outcome>,
}

impl Beginning {
    /// What it holds beyond its baseline.
    pub(crate) fn used(&self) -> Used {
        self.outcome.state.beyond(&self.baseline)
    }
}

impl GateRow {
    /// A gate with nothing but its sandbox.
    pub(crate) fn new(id: &ClusterId, setup: Setup) -> Self {
        let sandbox = WorldRow { world: World::sandbox(), cluster: id.clone(), setup, floor: 0, used: Used::default() };
        Self { worlds: vec![sandbox], ..Self::default() }
    }

    pub(crate) fn world(&self, world: &World) -> Option<&WorldRow> {
        self.worlds.iter().find(|row| row.world == *world)
    }

    /// The cluster that goes when this step is taken.
    pub(crate) fn replaced_by(&self, step: &Step) -> Option<&WorldRow> {
        self.world(&step.world).filter(|_| step.anew && step.beginning.is_some())
    }

    /// Takes a step. `heads` is how far the revisions of the current world and of the other one have come. Nothing
    /// happens when all is as it should be.
    pub(crate) fn take(&mut self, id: &ClusterId, step: &Step, heads: Revision) -> Taken {
        let there = self.world(&step.world).is_some();
        let begins = step.beginning.as_ref().filter(|_| step.anew || !there);
        let switches = self.current != step.world;
        let raised = (step.current || !switches) && there | begins.is_some() && (switches || begins.is_some());
        if begins.is_none() && !raised {
            return Taken { begun: false, raised: None };
        }
        self.version += 1;
        if let Some(Beginning { setup, .. }) = begins {
            let cluster = id.of_world(&step.world, self.version);
            let used = begins.map(Beginning::used).unwrap_or_default();
            self.worlds.retain(|row| row.world != step.world);
            self.worlds.push(WorldRow { world: step.world.clone(), cluster, setup: *setup, floor: 0, used });
        }
        if raised {
            self.current = step.world.clone();
            self.highest = self.highest.max(heads) + 1;
            for row in self.worlds.iter_mut().filter(|row| row.world == step.world) {
                row.floor = self.highest;
            }
        }
        Taken { begun: begins.is_some(), raised: raised.then_some(self.highest) }
    }
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Whether the world is a new cluster now.
    pub(crate) begun: bool,
    /// The revision that the world was raised to, when it became the current one.
    pub(crate) raised: Option<Revision>,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::*;
    use crate::settings::Enforcement;

    fn step(world: &str, anew: bool, current: bool) -> Step {
        let setup = Setup::new(Timestamp::UNIX_EPOCH, 1, Enforcement::Enforcing);
        let outcome = Outcome { state: State::default(), changes: Vec::new(), scheduled: Vec::new() };
        let beginning = Beginning { setup, baseline: State::default(), outcome: Arc::new(outcome) };
        let world = World::named(world).unwrap_or_default();
        Step { world, beginning: Some(beginning), anew, current }
    }

    #[test]
    fn a_switch_rises_above_every_revision_that_was_given_out() {
        let id = ClusterId::random();
        let mut gate = GateRow::new(&id, step("", false, false).beginning.unwrap().setup);
        let taken = |begun, raised| Taken { begun, raised };
        // What the current one does again, what is done, and what comes of it.
        assert_eq!(gate.take(&id, &step("", false, true), 40), taken(false, None), "it is current already");
        assert_eq!(gate.take(&id, &step("one", false, true), 40), taken(true, Some(41)));
        assert_eq!(gate.take(&id, &step("two", false, false), 45), taken(true, None), "it begins beside");
        assert_eq!(gate.take(&id, &step("", false, true), 45), taken(false, Some(46)));
        assert_eq!(gate.take(&id, &step("one", false, true), 3), taken(false, Some(47)), "never back");
        assert_eq!(gate.take(&id, &step("one", true, false), 60), taken(true, Some(61)), "the current one stays it");
        assert_eq!(gate.take(&id, &step("two", true, false), 99), taken(true, None));
        assert_eq!((gate.current.name(), gate.worlds.len(), gate.version), (Some("one"), 3, 6));
        let clusters: std::collections::BTreeSet<_> = gate.worlds.iter().map(|row| row.cluster.clone()).collect();
        assert_eq!(clusters.len(), 3);
    }
}
