//! Seeing: what the engine says about each cell of a flow set, in the snapshot of a learner.

use std::borrow::Borrow;
use std::collections::HashSet;

use foldhash::HashMap;
use manifest::Source;
use netpol::{Decision, Destination, Endpoint, EndpointPattern, Explanation, Flow, PortQuery, PortRef, Query, Verdict};
use serde_json::Value;

use super::flow_set::{CellKey, FlowSet, Port};
use super::look::Look;
use super::seen::Seen;

/// With more policies than these, verdicts come without the engine's words: nobody would read them.
const MOST_EXPLAINED: usize = 500;

/// What was seen of a flow set.
pub(crate) struct Observation {
    pub(crate) look: Look,
    /// The name of each endpoint of the flow set.
    names: Vec<String>,
    /// One for each cell of the flow set.
    pub(crate) seen: Vec<Seen>,
}

/// Why a flow has its verdict.
pub(crate) struct Why {
    /// In one sentence.
    pub(crate) summary: String,
    /// The same, and of a blocked flow what comes nearest to allowing it.
    pub(crate) text: String,
    pub(crate) decided_by: Vec<Decision>,
}

impl Observation {
    /// Looks at a snapshot.
    pub(crate) fn new(flows: &FlowSet, objects: &[impl Borrow<Value>], from: Source) -> Self {
        Self::of(flows, Look::new(flows, objects, from))
    }

    /// Sees the cells of a flow set in what was read already.
    pub(crate) fn of(flows: &FlowSet, look: Look) -> Self {
        let places: HashMap<String, usize> =
            look.places().into_iter().map(|(member, place)| (member.to_string(), place)).collect();
        let cells: HashMap<(usize, usize, Port), usize> =
            flows.cells.iter().enumerate().map(|(at, cell)| ((cell.from, cell.to, cell.port), at)).collect();
        let mut seen = vec![Seen::default(); flows.cells.len()];
        for row in look.engine.reachability(&query(flows, &look)).rows() {
            let (Some(from), Some(to)) = (places.get(row.from), places.get(row.to)) else { continue };
            if let Some(cell) = cells.get(&(*from, *to, (row.port, row.protocol))) {
                seen[*cell].add(row.egress, row.ingress);
            }
        }
        Self { look, names: flows.names().map(str::to_owned).collect(), seen }
    }

    /// The engine's sentence about a cell: about the first of its flows that has this verdict. Of a flow that is
    /// blocked, with what comes nearest to allowing it.
    pub(crate) fn why(&self, cell: &CellKey, verdict: Verdict) -> Option<Why> {
        let (flow, explanation) = self.explained(cell, verdict)?;
        let nearest = explanation.nearest_misses.first().filter(|_| verdict == Verdict::Blocked);
        let nearest = nearest.map(|nearest| format!(" Nearest to it: {nearest}.")).unwrap_or_default();
        let summary = self.in_lab_words(cell, &flow, &explanation.summary);
        let text = format!("{summary}{}", self.in_lab_words(cell, &flow, &nearest));
        Some(Why { summary, text, decided_by: explanation.decided_by })
    }

    /// All that the engine says about a cell.
    pub(crate) fn explanation(&self, cell: &CellKey, verdict: Verdict) -> Option<Explanation> {
        self.explained(cell, verdict).map(|(_, explanation)| explanation)
    }

    /// The pieces of policies that let the flows of a cell through, if any gets through.
    pub(crate) fn let_through_by(&self, cell: &CellKey) -> Vec<Decision> {
        if self.look.snapshot().policies.len() > MOST_EXPLAINED {
            return Vec::new();
        }
        let decided = flows(&self.look.members, cell).find_map(|flow| {
            let (verdict, decided) = self.look.engine.decided(&flow).ok()?;
            (verdict == Verdict::Allowed).then_some(decided)
        });
        decided.unwrap_or_default()
    }

    fn explained(&self, cell: &CellKey, verdict: Verdict) -> Option<(Flow, Explanation)> {
        if self.look.snapshot().policies.len() > MOST_EXPLAINED {
            return None;
        }
        flows(&self.look.members, cell).find_map(|flow| {
            let explanation = self.look.engine.explain(&flow).ok()?;
            (explanation.verdict == verdict).then_some((flow, explanation))
        })
    }

    /// A learner knows `kube-dns` and `shop/api`, not the pods that stand for them today.
    fn in_lab_words(&self, cell: &CellKey, flow: &Flow, text: &str) -> String {
        let from = text.replace(&flow.from.to_string(), &self.names[cell.from]);
        from.replace(&flow.to.endpoint.to_string(), &self.names[cell.to])
    }

    /// Whether an endpoint has no pod that takes part in traffic.
    pub(crate) fn is_missing(&self, endpoint: usize) -> bool {
        self.look.members[endpoint].is_empty()
    }
}

fn flows<'a>(members: &'a [Vec<Endpoint>], cell: &'a CellKey) -> impl Iterator<Item = Flow> + 'a {
    let (number, protocol) = cell.port;
    members[cell.from].iter().flat_map(move |from| {
        members[cell.to].iter().map(move |to| Flow {
            from: from.clone(),
            to: Destination { endpoint: to.clone(), port: PortRef::Number(number), protocol },
        })
    })
}

/// All pods and addresses of a flow set, at all its ports.
fn query(flows: &FlowSet, look: &Look) -> Query {
    let ports: HashSet<Port> = flows.cells.iter().map(|cell| cell.port).collect();
    let ports = ports.into_iter().map(|(number, protocol)| PortQuery::Range { from: number, to: number, protocol });
    let pattern = |member: &Endpoint| match member {
        Endpoint::Pod(name) => {
            Some(EndpointPattern::Name { namespace: name.namespace.clone(), name: name.name.clone() })
        }
        Endpoint::Address(address) => Some(EndpointPattern::Address(*address)),
        Endpoint::Service(_) => None,
    };
    let members: Vec<EndpointPattern> = look.members.iter().flatten().filter_map(pattern).collect();
    if members.is_empty() {
        // An empty list of patterns would mean everybody.
        return Query { ports: Vec::new(), from: vec![nobody()], to: vec![nobody()], ..Query::default() };
    }
    Query { ports: ports.collect(), from: members.clone(), to: members, ..Query::default() }
}

fn nobody() -> EndpointPattern {
    EndpointPattern::Name { namespace: String::new(), name: String::new() }
}
