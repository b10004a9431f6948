//! Explaining a flow along its route: straight to its destination, or through a Service.

use super::explanation::Explanation;
use super::path::explain_path;
use super::service::explain_service;
use crate::engine::Engine;
use crate::flow::{UnknownEndpoint, route};
use crate::model::Flow;

impl Engine {
    /// Why a flow is allowed or blocked. A stranger in it is a pod like any other.
    ///
    /// # Errors
    /// When the snapshot does not have what the flow names.
    pub fn explain(&self, flow: &Flow) -> Result<Explanation, UnknownEndpoint> {
        let (engine, asked) = self.with_strangers(flow);
        let directory = engine.directory();
        let route = route(&asked, directory)?;
        Ok(match (&route.service, route.paths.as_slice()) {
            (None, [path]) => explain_path(flow.from.to_string(), flow.to.endpoint.to_string(), path, directory),
            _ => explain_service(flow, &route, directory),
        })
    }
}
