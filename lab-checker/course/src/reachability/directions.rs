//! The two directions, each for itself: what egress policies say of flows, and what ingress policies say.

use std::collections::HashSet;

use netpol::{Endpoint, Engine, PortQuery, Query, Snapshot, Verdict};

use super::flow_set::{CellKey, EndpointKind, FlowSet, Port};
use super::seen::Seen;

/// A flow by the names of its ends.
type Flow = (String, String, Port);

/// Which flows each direction lets through.
pub(crate) struct Directions {
    egress: HashSet<Flow>,
    ingress: HashSet<Flow>,
    /// Flows that could be judged at all.
    judged: HashSet<Flow>,
}

impl Directions {
    /// Judges a snapshot twice: without its ingress rules, and without its egress rules.
    pub(crate) fn new(snapshot: &Snapshot, flows: &FlowSet) -> Self {
        let query = query(flows);
        let mut judged = HashSet::new();
        let mut allowed = |snapshot: Snapshot| -> HashSet<Flow> {
            let engine = Engine::new(snapshot);
            let reachability = engine.reachability(&query);
            let mut allowed = HashSet::new();
            for row in reachability.rows() {
                let flow = (row.from.to_owned(), row.to.to_owned(), (row.port, row.protocol));
                if row.verdict.is_allowed() {
                    allowed.insert(flow.clone());
                }
                judged.insert(flow);
            }
            allowed
        };
        let egress = allowed(egress_only(snapshot));
        let ingress = allowed(ingress_only(snapshot));
        Self { egress, ingress, judged }
    }

    /// What was seen of a cell, between the members of its ends.
    pub(crate) fn see(&self, members: &[Vec<Endpoint>], cell: &CellKey) -> Seen {
        let mut seen = Seen::default();
        for from in &members[cell.from] {
            for to in &members[cell.to] {
                let flow = (from.to_string(), to.to_string(), cell.port);
                if self.judged.contains(&flow) {
                    let verdict = |allowed: &HashSet<Flow>| Verdict::from_allowed(allowed.contains(&flow));
                    seen.add(verdict(&self.egress), verdict(&self.ingress));
                }
            }
        }
        seen
    }
}

/// All pods and addresses of a flow set, at all its ports.
fn query(flows: &FlowSet) -> Query {
    let ports: HashSet<Port> = flows.cells.iter().map(|cell| cell.port).collect();
    let ports = ports.into_iter().map(|(number, protocol)| PortQuery::Range { from: number, to: number, protocol });
    let address = |kind: &EndpointKind| match kind {
        EndpointKind::Address(address) => Some(*address),
        _ => None,
    };
    Query {
        ports: ports.collect(),
        external: flows.endpoints.iter().filter_map(|endpoint| address(&endpoint.kind)).collect(),
        ..Query::default()
    }
}

fn egress_only(snapshot: &Snapshot) -> Snapshot {
    let mut snapshot = snapshot.clone();
    snapshot.policies.iter_mut().for_each(|policy| policy.ingress = None);
    snapshot.cluster_policies.iter_mut().for_each(|policy| policy.ingress.clear());
    snapshot
}

fn ingress_only(snapshot: &Snapshot) -> Snapshot {
    let mut snapshot = snapshot.clone();
    snapshot.policies.iter_mut().for_each(|policy| policy.egress = None);
    snapshot.cluster_policies.iter_mut().for_each(|policy| policy.egress.clear());
    snapshot
}
