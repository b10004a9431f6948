//! What reaches what among manifests that belong to no lab.

use std::net::IpAddr;

use manifest::{Source, admission};
use netpol::{Destination, Endpoint, Engine, Flow, PortRef, Query};
use serde::{Deserialize, Serialize};

use super::unanswerable::{Unanswerable, invalid};

/// Manifests, and what somebody wants to know of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Reach {
    /// YAML or JSON.
    pub text: String,
    /// Single flows: from where, and to where with a port.
    pub flows: Vec<(String, String)>,
    /// Ports at which all pods are looked at: `80/TCP`.
    pub ports: Vec<String>,
    /// Addresses that are looked at with the pods.
    pub external: Vec<IpAddr>,
}

/// What is known of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// For each flow `allowed` or `blocked`, or why it has no verdict.
    pub flows: Vec<String>,
    /// For each port a line for each flow: `shop/web shop/api allowed`.
    pub ports: Vec<Vec<String>>,
}

impl Reach {
    /// The answer.
    ///
    /// # Errors
    /// When the text holds no objects that can be understood, or a port is none.
    pub fn answer(&self) -> Result<Reached, Unanswerable> {
        let (documents, diagnostics) = manifest::yaml::read("text", &self.text);
        if let Some(wrong) = diagnostics.first() {
            return Err(invalid(format!("line {}: {}", wrong.line, wrong.message)));
        }
        let mut objects: Vec<_> = documents.into_iter().map(|document| document.value).collect();
        objects.iter_mut().for_each(admission::default);
        let engine = Engine::new(manifest::lower(&objects, Source::Files).map_err(invalid)?);
        let flows = self.flows.iter().map(|(from, to)| verdict(&engine, from, to)).collect();
        let ports = self.ports.iter().map(|port| self.rows(&engine, port)).collect::<Result<_, _>>()?;
        Ok(Reached { flows, ports })
    }

    fn rows(&self, engine: &Engine, port: &str) -> Result<Vec<String>, Unanswerable> {
        let any: Destination = format!("192.0.2.1:{port}").parse().map_err(invalid)?;
        let PortRef::Number(number) = any.port else { return Err(invalid(format!("{port:?} is no number of a port"))) };
        let query = Query { external: self.external.clone(), ..Query::port(number, any.protocol) };
        let reachability = engine.reachability(&query);
        Ok(reachability.rows().map(|row| format!("{} {} {}", row.from, row.to, row.verdict)).collect())
    }
}

fn verdict(engine: &Engine, from: &str, to: &str) -> String {
    let parsed = || Ok::<_, netpol::ParseEndpointError>(Flow { from: from.parse::<Endpoint>()?, to: to.parse()? });
    match parsed().map(|flow| engine.explain(&flow)) {
        Ok(Ok(explanation)) => explanation.verdict.to_string(),
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    }
}
