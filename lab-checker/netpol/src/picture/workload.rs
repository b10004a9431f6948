//! What a picture of a reachability has for nodes: pods of a namespace with the same labels are one, and where those
//! are too many to list, all pods of a namespace are. Policies have no say in it, so that a node stays where it is when
//! they change.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::{Labels, Pod, Protocol, phrases};
use crate::reachability::{EndpointId, PickedEndpoint, Reachability};

/// More nodes than these are not listed.
const MOST_LISTED: usize = 150;

/// Labels that say which replica a pod is, not what it is.
const OF_A_REPLICA: [&str; 5] = [
    "apps.kubernetes.io/pod-index",
    "controller-revision-hash",
    "pod-template-generation",
    "pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
];

/// Labels that say what a pod is called, the most usual first.
const NAMES: [&str; 3] = ["app", "app.kubernetes.io/name", "k8s-app"];

/// A node, and those of its endpoints that are asked about.
#[derive(Debug, Default)]
pub(super) struct Workload<'a> {
    pub(super) namespace: Option<&'a str>,
    pub(super) id: String,
    pub(super) label: String,
    /// How many a node shows: one where its label counts already.
    pub(super) count: usize,
    /// How many pods it is.
    pub(super) pods: usize,
    /// What it is asked at, by number.
    pub(super) ports: Vec<(Protocol, u16)>,
    /// Its sources; of pods that no policy tells apart two, so that one is not the other.
    pub(super) sources: Vec<&'a PickedEndpoint>,
    /// All of its destinations.
    pub(super) destinations: Vec<&'a PickedEndpoint>,
    /// Of its destinations that nothing tells apart, two.
    pub(super) kinds: Vec<&'a PickedEndpoint>,
}

/// What one node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grain {
    /// Pods with the same labels.
    Labels,
    /// All pods of a namespace.
    Namespace,
}

/// What makes pods one node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Alike {
        namespace: &'a str,
        labels: Vec<(&'a str, &'a str)>,
        host_network: bool,
    },
    /// A pod that no label tells from others.
    One {
        namespace: &'a str,
        name: &'a str,
    },
    Namespace(&'a str),
    Address(EndpointId),
}

/// The nodes of a reachability: by namespace and name, addresses last.
pub(super) fn workloads(reachability: &Reachability) -> (Vec<Workload<'_>>, Grain) {
    let by_labels = gather(reachability, Grain::Labels);
    let (gathered, grain) = if by_labels.len() > MOST_LISTED {
        (gather(reachability, Grain::Namespace), Grain::Namespace)
    } else {
        (by_labels, Grain::Labels)
    };
    let mut workloads: Vec<Workload<'_>> =
        gathered.into_values().map(|gathered| gathered.named(reachability, grain)).collect();
    workloads
        .sort_by(|a, b| (a.namespace.is_none(), a.namespace, &a.id).cmp(&(b.namespace.is_none(), b.namespace, &b.id)));
    tell_apart(&mut workloads, reachability);
    (workloads, grain)
}

/// The endpoints of one key, before they have a name.
#[derive(Debug, Default)]
struct Gathered<'a> {
    all: BTreeSet<EndpointId>,
    sources: Vec<&'a PickedEndpoint>,
    destinations: Vec<&'a PickedEndpoint>,
}

fn gather(reachability: &Reachability, grain: Grain) -> BTreeMap<Key<'_>, Gathered<'_>> {
    let pods = &reachability.engine.snapshot().pods;
    let mut gathered: BTreeMap<Key<'_>, Gathered<'_>> = BTreeMap::new();
    let key = |endpoint: &PickedEndpoint| match endpoint.id {
        EndpointId::Pod(at) => Key::of(&pods[at as usize], grain),
        id @ EndpointId::Address(_) => Key::Address(id),
    };
    for endpoint in &reachability.picked.sources {
        let gathered = gathered.entry(key(endpoint)).or_default();
        gathered.all.insert(endpoint.id);
        gathered.sources.push(endpoint);
    }
    for endpoint in &reachability.picked.destinations {
        let gathered = gathered.entry(key(endpoint)).or_default();
        gathered.all.insert(endpoint.id);
        gathered.destinations.push(endpoint);
    }
    gathered
}

impl<'a> Key<'a> {
    fn of(pod: &'a Pod, grain: Grain) -> Self {
        let namespace = pod.namespace.as_str();
        if grain == Grain::Namespace {
            return Self::Namespace(namespace);
        }
        let labels = what_it_is(&pod.labels);
        if labels.is_empty() {
            return Self::One { namespace, name: &pod.name };
        }
        Self::Alike { namespace, labels, host_network: pod.host_network }
    }
}

fn what_it_is(labels: &Labels) -> Vec<(&str, &str)> {
    let labels = labels.iter().filter(|(key, _)| !OF_A_REPLICA.contains(&key.as_str()));
    labels.map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

impl<'a> Gathered<'a> {
    fn named(self, reachability: &'a Reachability, grain: Grain) -> Workload<'a> {
        let Self { all, sources, destinations } = self;
        let is_node = |one: &PickedEndpoint| !one.id.is_pod() || reachability.is_host_pod(one);
        let snapshot = reachability.engine.snapshot();
        let pods: Vec<&Pod> =
            all.iter().filter_map(|id| id.pod()).map(|number| &snapshot.pods[number as usize]).collect();
        let mut workload = Workload {
            namespace: pods.first().map(|pod| pod.namespace.as_str()),
            count: all.len(),
            pods: pods.len(),
            ports: ports(reachability, &destinations),
            sources: two_of_each(&sources, |one| (one.class, is_node(one).then_some(one.id))),
            kinds: two_of_each(&destinations, |one| (one.class, one.ports)),
            destinations,
            ..Workload::default()
        };
        (workload.id, workload.label) = match (workload.namespace, grain) {
            (None, _) => {
                let address = all.iter().find_map(|id| id.address()).map(|address| address.to_string());
                let address = address.unwrap_or_default();
                (address.clone(), address)
            }
            (Some(namespace), Grain::Namespace) => {
                workload.count = 1;
                (format!("{namespace}/*"), phrases::counted(pods.len(), "pod"))
            }
            (Some(namespace), Grain::Labels) => {
                let name = name(&pods);
                (format!("{namespace}/{name}"), name)
            }
        };
        workload
    }
}

/// All ports that destinations are asked at, by number.
fn ports(reachability: &Reachability, destinations: &[&PickedEndpoint]) -> Vec<(Protocol, u16)> {
    let sets: BTreeSet<u32> = destinations.iter().map(|one| one.ports).collect();
    let ports = sets.into_iter().flat_map(|set| &reachability.picked.port_sets[set as usize]);
    let ports: BTreeSet<(u16, Protocol)> = ports.map(|&(protocol, port)| (port, protocol)).collect();
    ports.into_iter().map(|(port, protocol)| (protocol, port)).collect()
}

fn two_of_each<'a, K: Eq + std::hash::Hash>(
    endpoints: &[&'a PickedEndpoint],
    key: impl Fn(&PickedEndpoint) -> K,
) -> Vec<&'a PickedEndpoint> {
    let mut seen: HashMap<K, usize> = HashMap::new();
    let wanted = |endpoint: &&&PickedEndpoint| {
        let known = seen.entry(key(endpoint)).or_default();
        *known += 1;
        *known <= 2
    };
    endpoints.iter().filter(wanted).copied().collect()
}

/// What pods with the same labels are called: what their names begin with, or what their labels say.
fn name(pods: &[&Pod]) -> String {
    let first = pods[0];
    let of_workload = |pod: &Pod| {
        let hash = pod.labels.get("pod-template-hash")?;
        let (name, _) = pod.name.split_once(&format!("-{hash}-"))?;
        (!name.is_empty()).then(|| name.to_owned())
    };
    if let Some(name) = of_workload(first) {
        return name;
    }
    if pods.len() == 1 {
        return first.name.clone();
    }
    let shared = pods.iter().fold(first.name.as_str(), |shared, pod| {
        let same = shared.bytes().zip(pod.name.bytes()).take_while(|(one, other)| one == other).count();
        &shared[..same]
    });
    match shared.rsplit_once('-') {
        Some((name, _)) if !name.is_empty() => name.to_owned(),
        _ => NAMES.iter().find_map(|key| first.labels.get(*key)).cloned().unwrap_or_else(|| first.name.clone()),
    }
}

/// Two nodes of the same name are called by their first pods.
fn tell_apart(workloads: &mut [Workload<'_>], reachability: &Reachability) {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for workload in workloads.iter() {
        *names.entry(workload.id.clone()).or_default() += 1;
    }
    let pods = &reachability.engine.snapshot().pods;
    for workload in workloads.iter_mut().filter(|workload| names[&workload.id] > 1) {
        if let Some(EndpointId::Pod(at)) = workload.sources.iter().chain(&workload.destinations).map(|one| one.id).min()
        {
            let pod = &pods[at as usize];
            (workload.id, workload.label) = (format!("{}/{}", pod.namespace, pod.name), pod.name.clone());
        }
    }
}
