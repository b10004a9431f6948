//! The verdicts of flows that lessons and quizzes write down, in a set of objects.

use manifest::Source;
use netpol::{FlowText, Verdict};
use serde_json::Value;

use super::flow_set::{CellKey, FlowOptions, FlowSet};
use super::observation::Observation;
use super::pattern::{FlowPattern, Pattern};

/// Objects in which flows have verdicts.
pub(crate) struct Verdicts<'a> {
    objects: &'a [Value],
    /// What is there beside the pods.
    base: FlowOptions,
    /// What was looked at already: many flows ask for the same ports.
    looked: Vec<Look>,
}

/// Flows, and what was seen of them.
struct Look {
    options: FlowOptions,
    flows: FlowSet,
    observation: Observation,
}

/// A flow and its verdict; `None` when an endpoint is missing.
pub(crate) struct FlowVerdict {
    pub(crate) flow: FlowText,
    pub(crate) verdict: Option<Verdict>,
    /// The engine's sentence.
    pub(crate) why: String,
}

impl<'a> Verdicts<'a> {
    /// The verdicts among these objects, and these addresses.
    pub(crate) fn new(objects: &'a [Value], base: FlowOptions) -> Self {
        Self { objects, base, looked: Vec::new() }
    }

    /// What a pattern picks from.
    pub(crate) fn flow_set(&mut self, flow: &FlowPattern) -> &FlowSet {
        &self.look(flow).flows
    }

    /// What there is to see for a flow: pods at the port that it names, or at the ports that they declare.
    fn look(&mut self, flow: &FlowPattern) -> &Look {
        let mut options = self.base.clone();
        options.ports = flow.to.port.into_iter().collect();
        options.declared = flow.to.port.is_none();
        options.dns |= flow.names_dns();
        for pattern in [&flow.from, &flow.to.endpoint] {
            if let Pattern::Address(address) = pattern {
                options.external.entry(*address).or_default();
            }
        }
        if let (Some(port), Pattern::Address(address)) = (flow.to.port, &flow.to.endpoint) {
            options.external.insert(*address, vec![port]);
        }
        let place = self.looked.iter().position(|look| look.options == options).unwrap_or_else(|| {
            let flows = FlowSet::new(self.objects, &options);
            let observation = Observation::new(&flows, self.objects, Source::Files);
            self.looked.push(Look { options, flows, observation });
            self.looked.len() - 1
        });
        &self.looked[place]
    }

    /// The flows that a pattern picks.
    pub(crate) fn of(&mut self, flow: &FlowPattern) -> Vec<FlowVerdict> {
        let Look { flows, observation, .. } = self.look(flow);
        let names = |cell: &CellKey| {
            flow.from.matches(&flows.endpoints[cell.from]) && flow.to.matches(&flows.endpoints[cell.to], cell)
        };
        let cells = flows.cells.iter().zip(&observation.seen).filter(|(cell, _)| names(cell));
        cells
            .map(|(cell, seen)| {
                let verdict = seen.verdict();
                let flow = flows.flow(cell);
                let why = verdict.and_then(|verdict| observation.why(cell, verdict));
                let why = why.map(|why| why.summary);
                FlowVerdict { why: why.unwrap_or_else(|| format!("{flow} has no verdict")), flow, verdict }
            })
            .collect()
    }
}
