//! Explaining a flow along its route: straight to its destination, or through a Service.

use super::decision::{Decision, decisions};
use super::explanation::Explanation;
use super::path::explain_path;
use super::service::explain_service;
use super::unknown_address::{self, Placed};
use crate::engine::Engine;
use crate::flow::{UnknownEndpoint, evaluate, route};
use crate::model::{Flow, Verdict};

impl Engine {
    /// Why a flow is allowed or blocked. A stranger in it is a pod like any other.
    ///
    /// # Errors
    /// When the snapshot does not have what the flow names.
    pub fn explain(&self, flow: &Flow) -> Result<Explanation, UnknownEndpoint> {
        let here = self.explain_here(flow)?;
        if here.unknown.is_empty() && self.snapshot().unnamed_node().is_none() {
            return Ok(here.explanation);
        }
        let others = self.others().iter().filter_map(|other| other.explain_here(flow).ok());
        Ok(unknown_address::tell(here, &others.collect::<Vec<_>>()))
    }

    /// The verdict of a flow and what decides it, as [`Engine::explain`] tells them, without the words.
    ///
    /// # Errors
    /// When the snapshot does not have what the flow names.
    pub fn decided(&self, flow: &Flow) -> Result<(Verdict, Vec<Decision>), UnknownEndpoint> {
        let (engine, asked) = self.with_strangers(flow);
        let directory = engine.directory();
        let route = route(&asked, directory)?;
        // What nobody has told of addresses and nodes changes the words alone.
        if let (None, [path]) = (&route.service, route.paths.as_slice()) {
            let trace = evaluate(path, directory);
            return Ok((trace.verdict(), decisions(&trace)));
        }
        self.explain(flow).map(|told| (told.verdict, told.decided_by))
    }

    /// An explanation where pods have the addresses that they have here, and whose of these nobody has told.
    fn explain_here(&self, flow: &Flow) -> Result<Placed<'_>, UnknownEndpoint> {
        let (engine, asked) = self.with_strangers(flow);
        let directory = engine.directory();
        let route = route(&asked, directory)?;
        let unknown = unknown_address::of(&route);
        let explanation = match (&route.service, route.paths.as_slice()) {
            (None, [path]) => explain_path(flow.from.to_string(), flow.to.endpoint.to_string(), path, directory),
            _ => explain_service(flow, &route, directory),
        };
        Ok(Placed { explanation, unknown, engine: self })
    }
}
