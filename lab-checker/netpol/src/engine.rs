//! The engine: a snapshot made ready for questions. Each question is a method of [`Engine`] that stands
//! beside what answers it: [`Engine::verdict`] in `flow`, [`Engine::explain`] in `explain`,
//! [`Engine::reachability`] in `reachability`; [`Engine::apply`] in `change`.

use std::sync::{Arc, OnceLock};

use crate::classes::Compiled;
use crate::model::{Directory, ObjectIndex, PodOrder, Snapshot, complete};

/// A snapshot made ready for questions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine {
    snapshot: Arc<Snapshot>,
    prepared: Arc<Prepared>,
    /// The same with pods at other addresses, where nobody has told theirs and policies tell addresses apart.
    others: Arc<Vec<Engine>>,
}

/// What the questions need, each part made when the first question needs it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prepared {
    pub(crate) index: OnceLock<ObjectIndex>,
    pub(crate) pod_order: OnceLock<PodOrder>,
    pub(crate) compiled: OnceLock<Compiled>,
}

impl Engine {
    /// Makes a snapshot ready. Namespaces that pods or policies name but the snapshot lacks are added.
    #[must_use]
    pub fn new(mut snapshot: Snapshot) -> Self {
        complete(&mut snapshot);
        Self { snapshot: Arc::new(snapshot), prepared: Arc::default(), others: Arc::default() }
    }

    /// The same with pods at other addresses.
    #[must_use]
    pub(crate) fn with_others(self, others: Vec<Engine>) -> Self {
        Self { others: Arc::new(others), ..self }
    }

    /// Engines with pods at other addresses; together with this one, one for each way in which policies see addresses
    /// that nobody has told.
    pub(crate) fn others(&self) -> &[Engine] {
        &self.others
    }

    /// The snapshot that is asked about.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    pub(crate) fn directory(&self) -> Directory<'_> {
        let index = self.prepared.index.get_or_init(|| ObjectIndex::new(&self.snapshot));
        Directory::new(&self.snapshot, index)
    }

    pub(crate) fn pod_order(&self) -> &PodOrder {
        self.prepared.pod_order.get_or_init(|| PodOrder::new(&self.snapshot.pods))
    }

    pub(crate) fn compiled(&self) -> &Compiled {
        self.prepared.compiled.get_or_init(|| Compiled::new(&self.snapshot))
    }

    /// The snapshot and what was prepared from it, to be changed together.
    pub(crate) fn parts_mut(&mut self) -> (&mut Snapshot, &mut Prepared) {
        (Arc::make_mut(&mut self.snapshot), Arc::make_mut(&mut self.prepared))
    }
}
