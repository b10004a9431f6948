//! Judging flows that lessons and quizzes write down, in a set of objects.

use manifest::Source;
use netpol::{FlowText, Verdict};
use serde_json::Value;

use super::flow_set::{CellKey, Space, SpaceOptions};
use super::observation::Observation;
use super::pattern::{FlowPattern, Pattern};

/// Objects in which flows are judged.
pub(crate) struct Judge<'a> {
    objects: &'a [Value],
    /// What is there beside the pods.
    base: SpaceOptions,
    /// What was looked at already: many flows ask for the same ports.
    looked: Vec<(SpaceOptions, Look)>,
}

/// A space and what was seen of it.
pub(crate) struct Look {
    pub(crate) space: Space,
    pub(crate) observation: Observation,
}

/// A flow and its verdict; `None` when an endpoint is missing.
pub(crate) struct Judged {
    pub(crate) flow: FlowText,
    pub(crate) verdict: Option<Verdict>,
    /// The engine's sentence.
    pub(crate) why: String,
}

impl<'a> Judge<'a> {
    /// A judge of flows among these objects, and these addresses.
    pub(crate) fn new(objects: &'a [Value], base: SpaceOptions) -> Self {
        Self { objects, base, looked: Vec::new() }
    }

    /// What there is to see for a flow: pods at the port that it names, or at the ports that they declare.
    pub(crate) fn look(&mut self, flow: &FlowPattern) -> &Look {
        let mut options = self.base.clone();
        options.ports = flow.to.port.into_iter().collect();
        options.declared = flow.to.port.is_none();
        options.dns |= names_dns(flow);
        for pattern in [&flow.from, &flow.to.endpoint] {
            if let Pattern::Address(address) = pattern {
                options.external.entry(*address).or_default();
            }
        }
        if let (Some(port), Pattern::Address(address)) = (flow.to.port, &flow.to.endpoint) {
            options.external.insert(*address, vec![port]);
        }
        let place = self.looked.iter().position(|(looked, _)| *looked == options).unwrap_or_else(|| {
            let space = Space::new(self.objects, &options);
            let observation = Observation::new(&space, self.objects, Source::Files);
            self.looked.push((options, Look { space, observation }));
            self.looked.len() - 1
        });
        &self.looked[place].1
    }

    /// The flows that a pattern picks.
    pub(crate) fn judge(&mut self, flow: &FlowPattern) -> Vec<Judged> {
        let look = self.look(flow);
        let space = &look.space;
        let names = |cell: &CellKey| {
            flow.from.matches(&space.endpoints[cell.from]) && flow.to.matches(&space.endpoints[cell.to], cell)
        };
        let cells = space.cells.iter().zip(&look.observation.seen).filter(|(cell, _)| names(cell));
        cells
            .map(|(cell, seen)| {
                let verdict = seen.verdict();
                let flow = space.flow(cell);
                let why = verdict.and_then(|verdict| look.observation.why(cell, verdict));
                Judged { why: why.unwrap_or_else(|| format!("{flow} has no verdict")), flow, verdict }
            })
            .collect()
    }
}

/// Whether a flow is about the DNS pods.
pub(crate) fn names_dns(flow: &FlowPattern) -> bool {
    flow.from == Pattern::Dns || flow.to.endpoint == Pattern::Dns
}
