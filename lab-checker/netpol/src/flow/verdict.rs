//! Whether one flow gets through.

use super::evaluate::evaluate;
use super::route::{Path, route};
use super::unknown_endpoint::UnknownEndpoint;
use crate::engine::Engine;
use crate::model::{Flow, Verdict};

impl Engine {
    /// Whether a flow gets through. Through a Service: whether it gets through to every pod behind it,
    /// and there is one. A stranger in the flow is a pod like any other.
    ///
    /// # Errors
    /// When the snapshot does not have what the flow names.
    pub fn verdict(&self, flow: &Flow) -> Result<Verdict, UnknownEndpoint> {
        let (engine, flow) = self.with_strangers(flow);
        let route = route(&flow, engine.directory())?;
        let gets_through = |path: &Path<'_>| evaluate(path, engine.directory()).verdict().is_allowed();
        Ok(Verdict::from_allowed(!route.paths.is_empty() && route.paths.iter().all(gets_through)))
    }
}
