//! Explaining a flow along its route: straight to its destination, or through a Service.

use crate::explain::path::explain_path;
use crate::explain::service::explain_service;
use crate::flow::route::route;
use crate::{Engine, Explanation, Flow, UnknownEndpoint};

impl Engine {
    /// Why a flow is allowed or blocked.
    ///
    /// # Errors
    /// When the snapshot does not have what the flow names.
    pub fn explain(&self, flow: &Flow) -> Result<Explanation, UnknownEndpoint> {
        let directory = self.directory();
        let route = route(flow, directory)?;
        Ok(match (&route.service, route.paths.as_slice()) {
            (None, [path]) => explain_path(flow.from.to_string(), flow.to.endpoint.to_string(), path, directory),
            _ => explain_service(flow, &route, directory),
        })
    }
}
