//! The engine: a snapshot, and the questions that it answers.

use std::sync::{Arc, OnceLock};

use crate::classes::compiled::Compiled;
use crate::model::directory::{Directory, ObjectIndex, complete};
use crate::reachability::picked::Order;
use crate::{Change, Explanation, Flow, Query, Reachability, Snapshot, UnknownEndpoint, Verdict};

/// A snapshot made ready for questions. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine {
    snapshot: Arc<Snapshot>,
    prepared: Arc<Prepared>,
}

/// What the questions need, each part made when the first question needs it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prepared {
    pub(crate) index: OnceLock<ObjectIndex>,
    pub(crate) order: OnceLock<Order>,
    pub(crate) compiled: OnceLock<Compiled>,
}

impl Engine {
    /// Makes a snapshot ready. Namespaces that pods or policies name but the snapshot lacks are added.
    #[must_use]
    pub fn new(mut snapshot: Snapshot) -> Self {
        complete(&mut snapshot);
        Self { snapshot: Arc::new(snapshot), prepared: Arc::default() }
    }

    /// The snapshot that is asked about.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Whether a flow gets through. Through a Service: whether it gets through to every pod behind it,
    /// and there is one.
    ///
    /// # Errors
    /// When the snapshot does not have what the flow names.
    pub fn verdict(&self, flow: &Flow) -> Result<Verdict, UnknownEndpoint> {
        let route = crate::flow::route::route(flow, self.directory())?;
        Ok(crate::explain::path::verdict(&route, self.directory()))
    }

    /// Why a flow is allowed or blocked.
    ///
    /// # Errors
    /// When the snapshot does not have what the flow names.
    pub fn explain(&self, flow: &Flow) -> Result<Explanation, UnknownEndpoint> {
        let route = crate::flow::route::route(flow, self.directory())?;
        Ok(crate::explain::path::explain(flow, &route, self.directory()))
    }

    /// The verdicts of all flows that a query asks for. Counting is cheap however many there are;
    /// the rows are made one at a time.
    #[must_use]
    pub fn reachability(&self, query: &Query) -> Reachability {
        Reachability::new(self, query)
    }

    /// Changes the snapshot and works out again only what the change touches. The answers are those of
    /// a new engine on the changed snapshot. It is fastest when no [`Reachability`] or clone of this
    /// engine is alive, because they keep the old state.
    pub fn apply(&mut self, change: Change) {
        let snapshot = Arc::make_mut(&mut self.snapshot);
        crate::change::apply(snapshot, Arc::make_mut(&mut self.prepared), change);
    }

    pub(crate) fn directory(&self) -> Directory<'_> {
        let index = self.prepared.index.get_or_init(|| ObjectIndex::new(&self.snapshot));
        Directory::new(&self.snapshot, index)
    }

    pub(crate) fn order(&self) -> &Order {
        self.prepared.order.get_or_init(|| Order::new(&self.snapshot.pods))
    }

    pub(crate) fn compiled(&self) -> &Compiled {
        self.prepared.compiled.get_or_init(|| Compiled::new(&self.snapshot))
    }
}
