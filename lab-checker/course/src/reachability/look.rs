//! Looking at a learner's objects: what the engine reads of them, and which pods a lab's endpoints are there. Whatever
//! is asked of an answer is asked of one look.

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap, HashSet};

use manifest::{ObjectId, Source};
use netpol::{Endpoint, Engine, Namespace, ObjectName, Snapshot};
use serde_json::Value;

use super::flow_set::{EndpointKind, FlowSet};
use crate::snapshot::{self, Owners};

/// More replicas of one endpoint than these are taken for equal to them.
const MOST_REPLICAS: usize = 16;

/// The namespace of the cluster's own pods.
pub(crate) const SYSTEM: &str = "kube-system";

/// What was read of a set of objects, as far as it can matter to a flow set.
pub(crate) struct Look {
    pub(crate) engine: Engine,
    /// The pods or the address of each endpoint of the flow set.
    pub(crate) members: Vec<Vec<Endpoint>>,
    /// Where the objects were read.
    pub(crate) from: Source,
    /// Objects that the engine cannot read, and why; they are left out.
    pub(crate) unreadable: BTreeMap<String, String>,
}

impl Look {
    /// Looks at objects.
    pub(crate) fn new(flows: &FlowSet, objects: &[impl Borrow<Value>], from: Source) -> Self {
        let near = near(flows, objects);
        let (mut snapshot, unreadable) = lower(&near, from);
        let members = members(flows, &near, &snapshot);
        if !snapshot.namespaces.iter().any(|namespace| namespace.name == SYSTEM) {
            // Every cluster has it, also where it was not sent along.
            let labels = [("kubernetes.io/metadata.name".to_owned(), SYSTEM.to_owned())];
            snapshot.namespaces.push(Namespace { name: SYSTEM.to_owned(), labels: labels.into() });
        }
        snapshot.namespaces.sort_by(|a, b| a.name.cmp(&b.name));
        Self { engine: Engine::new(snapshot), members, unreadable, from }
    }

    /// What was read.
    pub(crate) fn snapshot(&self) -> &Snapshot {
        self.engine.snapshot()
    }

    /// Which endpoint of the flow set each pod is.
    pub(crate) fn places(&self) -> HashMap<&Endpoint, usize> {
        let members = self.members.iter().enumerate();
        members.flat_map(|(place, members)| members.iter().map(move |member| (member, place))).collect()
    }
}

/// The objects that can matter to a flow set: those of its namespaces, and those that stand in none. What
/// else a learner's cluster holds is not even looked at, and neither are pods on their way out.
fn near<'a>(flows: &FlowSet, objects: &'a [impl Borrow<Value>]) -> Vec<&'a Value> {
    let dns = flows.endpoints.iter().any(|endpoint| endpoint.kind == EndpointKind::Dns);
    let matters = |object: &&Value| {
        let kind = snapshot::kind(object);
        let leaving = kind == "Pod" && object["metadata"]["deletionTimestamp"].is_string();
        let place = if kind == "Namespace" {
            Some(object["metadata"]["name"].as_str().unwrap_or_default())
        } else {
            ObjectId::namespace_of(object)
        };
        let near = place.is_none_or(|namespace| flows.namespaces.contains(namespace));
        // Of the cluster's own pods only those of DNS are an endpoint, and only where a lab says so.
        let of_the_cluster = kind == "Pod" && place == Some(SYSTEM);
        object.is_object() && !leaving && near && (!of_the_cluster || dns && snapshot::is_dns_pod(object))
    };

    objects.iter().map(Borrow::borrow).filter(matters).collect()
}

/// Lowers what can be lowered, and says what cannot.
fn lower(objects: &[&Value], from: Source) -> (Snapshot, BTreeMap<String, String>) {
    let mut unreadable = BTreeMap::new();
    let wrong = match manifest::lower_each(objects.iter().copied(), from) {
        Ok(snapshot) => return (snapshot, unreadable),
        Err(error) => error.problems,
    };
    let mut left_out: HashSet<ObjectId> = HashSet::new();
    for problem in wrong {
        unreadable.entry(problem.object.to_string()).or_insert_with(|| problem.to_string());
        left_out.insert(problem.object);
    }
    let rest: Vec<&Value> =
        objects.iter().copied().filter(|object| !left_out.contains(&ObjectId::of(object))).collect();
    (manifest::lower_each(rest, from).unwrap_or_default(), unreadable)
}

/// Which pods each endpoint of the flow set stands for: pods of its name, or of the workload of its name.
fn members(flows: &FlowSet, values: &[&Value], snapshot: &Snapshot) -> Vec<Vec<Endpoint>> {
    let owners = Owners::new(values.iter().copied());
    let pods = values.iter().copied().filter(|object| snapshot::kind(object) == "Pod");
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

/// Lowers the objects of a course's own files, which can all be read.
pub(crate) fn lower_files(objects: &[impl Borrow<Value>]) -> Snapshot {
    lower(&objects.iter().map(Borrow::borrow).collect::<Vec<_>>(), Source::Files).0
}
