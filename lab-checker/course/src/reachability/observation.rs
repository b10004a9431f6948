//! Seeing: what the engine says about each cell of a flow set, in the snapshot of a learner.

use std::collections::{BTreeMap, HashMap, HashSet};

use manifest::{ObjectId, Source};
use netpol::{Destination, Endpoint, Engine, Explanation, Flow, ObjectName, PortRef, Snapshot, Verdict};
use serde_json::Value;

use super::directions::Directions;
use super::flow_set::{CellKey, EndpointKind, FlowSet, NamedEndpoint};
use super::seen::Seen;
use crate::snapshot::{self, Owners};

/// More replicas of one endpoint than these are taken for equal to them.
const MOST_REPLICAS: usize = 16;

/// With more policies than these, verdicts come without the engine's words: nobody would read them.
const MOST_EXPLAINED: usize = 500;

/// What was seen of a flow set.
pub(crate) struct Observation {
    engine: Engine,
    /// The name of each endpoint of the flow set.
    names: Vec<String>,
    /// The pods or the address of each endpoint of the flow set.
    members: Vec<Vec<Endpoint>>,
    /// One for each cell of the flow set.
    pub(crate) seen: Vec<Seen>,
    /// Objects that the engine cannot read, and why; they are left out.
    pub(crate) unreadable: BTreeMap<String, String>,
}

impl Observation {
    /// Looks at a snapshot.
    pub(crate) fn new(flows: &FlowSet, objects: &[Value], from: Source) -> Self {
        let near = near(flows, objects);
        let (mut snapshot, unreadable) = lower(&near, from);
        let members = members(flows, &near, &snapshot);
        let relevant: HashSet<&Endpoint> = members.iter().flatten().collect();
        snapshot.pods.retain(|pod| relevant.contains(&Endpoint::Pod(ObjectName::new(&*pod.namespace, &*pod.name))));
        let namespaces: HashSet<String> = snapshot.pods.iter().map(|pod| pod.namespace.clone()).collect();
        snapshot.policies.retain(|policy| namespaces.contains(&policy.namespace));
        let directions = Directions::new(&snapshot, flows);
        let seen = flows.cells.iter().map(|cell| directions.see(&members, cell)).collect();
        let names = flows.names().map(str::to_owned).collect();
        Self { engine: Engine::new(snapshot), names, members, seen, unreadable }
    }

    /// The engine's sentence about a cell: about the first of its flows that has this verdict.
    pub(crate) fn why(&self, cell: &CellKey, verdict: Verdict) -> Option<String> {
        let (flow, explanation) = self.explanation(cell, verdict)?;
        Some(self.in_lab_words(cell, &flow, &explanation.summary))
    }

    /// The same for a flow that should not be blocked, with what comes nearest to allowing it.
    pub(crate) fn why_blocked(&self, cell: &CellKey) -> Option<String> {
        let (flow, explanation) = self.explanation(cell, Verdict::Blocked)?;
        let text = match explanation.nearest_misses.first() {
            Some(nearest) => format!("{} Nearest to it: {nearest}.", explanation.summary),
            None => explanation.summary,
        };
        Some(self.in_lab_words(cell, &flow, &text))
    }

    fn explanation(&self, cell: &CellKey, verdict: Verdict) -> Option<(Flow, Explanation)> {
        if self.engine.snapshot().policies.len() > MOST_EXPLAINED {
            return None;
        }
        flows(&self.members, cell).find_map(|flow| {
            let explanation = self.engine.explain(&flow).ok()?;
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
        self.members[endpoint].is_empty()
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

/// The objects that can matter to a flow set: those of its namespaces, and those that stand in none. What
/// else a learner's cluster holds is not even looked at, and neither are pods on their way out.
fn near(flows: &FlowSet, objects: &[Value]) -> Vec<Value> {
    let namespace = |endpoint: &NamedEndpoint| match &endpoint.kind {
        EndpointKind::Pod(name) => Some(name.namespace.clone()),
        EndpointKind::Dns => Some("kube-system".to_owned()),
        EndpointKind::Address(_) => None,
    };
    let namespaces: HashSet<String> = flows.endpoints.iter().filter_map(namespace).collect();
    let matters = |object: &&Value| {
        let namespace = ObjectId::of(object).namespace;
        let leaving = snapshot::kind(object) == "Pod" && object["metadata"]["deletionTimestamp"].is_string();
        object.is_object() && !leaving && namespace.is_none_or(|namespace| namespaces.contains(&namespace))
    };
    objects.iter().filter(matters).cloned().collect()
}

/// Lowers what can be lowered, and says what cannot.
fn lower(objects: &[Value], from: Source) -> (Snapshot, BTreeMap<String, String>) {
    let mut unreadable = BTreeMap::new();
    let wrong = match manifest::lower(objects, from) {
        Ok(snapshot) => return (snapshot, unreadable),
        Err(error) => error.problems,
    };
    let mut left_out: HashSet<ObjectId> = HashSet::new();
    for problem in wrong {
        unreadable.entry(problem.object.to_string()).or_insert_with(|| problem.to_string());
        left_out.insert(problem.object);
    }
    let rest: Vec<Value> = objects.iter().filter(|object| !left_out.contains(&ObjectId::of(object))).cloned().collect();
    (manifest::lower(&rest, from).unwrap_or_default(), unreadable)
}

/// Which pods each endpoint of the flow set stands for: pods of its name, or of the workload of its name.
fn members(flows: &FlowSet, values: &[Value], snapshot: &Snapshot) -> Vec<Vec<Endpoint>> {
    let owners = Owners::new(values);
    let pods = values.iter().filter(|object| snapshot::kind(object) == "Pod");
    let owner_of: HashMap<ObjectName, ObjectName> =
        pods.filter_map(|pod| Some((snapshot::object_name(pod), owners.of(pod)?))).collect();
    let places: HashMap<&ObjectName, usize> = flows
        .endpoints
        .iter()
        .enumerate()
        .filter_map(|(place, endpoint)| match &endpoint.kind {
            EndpointKind::Pod(name) => Some((name, place)),
            _ => None,
        })
        .collect();
    let dns = flows.endpoints.iter().position(|endpoint| endpoint.kind == EndpointKind::Dns);
    let mut members: Vec<Vec<Endpoint>> = flows
        .endpoints
        .iter()
        .map(|endpoint| match endpoint.kind {
            EndpointKind::Address(address) => vec![Endpoint::Address(address)],
            _ => Vec::new(),
        })
        .collect();
    for pod in snapshot.pods.iter().filter(|pod| pod.is_endpoint()) {
        let name = ObjectName::new(&*pod.namespace, &*pod.name);
        let is_dns = pod.namespace == "kube-system" && pod.labels.get("k8s-app").is_some_and(|app| app == "kube-dns");
        let place = places.get(&name).or_else(|| places.get(owner_of.get(&name)?)).copied();
        if let Some(place) = place.or(dns.filter(|_| is_dns))
            && members[place].len() < MOST_REPLICAS
        {
            members[place].push(Endpoint::Pod(name));
        }
    }
    members
}
