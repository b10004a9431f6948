//! The endpoints and ports between which two sides are compared.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::addresses;
use super::cluster::{Cluster, Place};
use super::endpoint::Endpoint;
use super::policy::Policy;
use super::ports::{self, Port};
use super::strangers::{Vocabulary, new_number};

/// Namespaces of a fresh cluster in which a lab has nothing: a new namespace stands for them.
const LIKE_NEW: [&str; 3] = ["default", "kube-node-lease", "kube-public"];

/// Two sides with the same endpoints in the same places, and the ports to try.
pub(super) struct Universe {
    /// The endpoints as one side has them, and as the other has them: a pod's labels may differ.
    pub(super) a: Vec<Endpoint>,
    pub(super) b: Vec<Endpoint>,
    pub(super) ports: Vec<Port>,
}

impl Universe {
    /// What the policies of two sides can tell apart.
    pub(super) fn of(a: &Cluster, b: &Cluster) -> Self {
        let policies = || a.policies.iter().chain(&b.policies);
        let places = [&*a.place, &*b.place];
        let vocabulary = Vocabulary::of(policies());
        let numbers = numbers(places.into_iter().flat_map(|place| &place.pods), &vocabulary);
        let [a, b] = endpoints([&a.place, &b.place], &vocabulary, &numbers, &addresses::blocks(policies()));
        let items = policies().flat_map(Policy::all_rules).flat_map(|rule| rule.ports.iter().flatten());
        let named = numbers.values().flatten().map(|(number, _)| *number);
        let named = named.chain((!vocabulary.port_names.is_empty()).then(new_number));
        Self { a, b, ports: ports::to_try(items, named) }
    }
}

/// The endpoints of both sides: pods, strangers and addresses outside.
fn endpoints(
    [a, b]: [&Arc<Place>; 2],
    vocabulary: &Vocabulary,
    numbers: &BTreeMap<String, BTreeSet<Port>>,
    blocks: &BTreeSet<IpNet>,
) -> [Vec<Endpoint>; 2] {
    let taken: BTreeSet<IpAddr> = [a, b].into_iter().flat_map(|place| place.taken()).collect();
    let pods = [a, b].into_iter().flat_map(|place| &place.pods);
    let networks = addresses::pod_networks(pods.map(|pod| pod.address));
    let new_pods = addresses::of_new_pods(blocks, &networks, &taken);
    let outside = || addresses::outside(blocks, &networks, &taken).into_iter().map(Endpoint::outside);
    let names = stranger_namespaces(a, b, vocabulary);
    let strangers = |place: &Place| -> Vec<Endpoint> {
        let new = vocabulary.new_namespaces(&place.namespaces);
        let labels = |name: &String| place.namespaces.get(name).or_else(|| new.get(name));
        let known = names.iter().filter_map(|name| Some((name, labels(name)?)));
        known.flat_map(|(name, labels)| vocabulary.pods_in(name, labels, &new_pods, numbers)).collect()
    };
    let (mut ours, mut theirs) = common_pods(a, b);
    ours.extend(strangers(a).into_iter().chain(outside()));
    if Arc::ptr_eq(a, b) {
        return [ours.clone(), ours];
    }
    theirs.extend(strangers(b).into_iter().chain(outside()));
    [ours, theirs]
}

impl Place {
    fn taken(&self) -> impl Iterator<Item = IpAddr> {
        self.pods.iter().map(|pod| pod.address).chain(self.reserved.iter().copied())
    }
}

/// The pods that both sides have. One that a learner adds is a stranger's affair.
fn common_pods(a: &Place, b: &Place) -> (Vec<Endpoint>, Vec<Endpoint>) {
    let same = |one: &&Endpoint, other: &Endpoint| {
        one.kind == other.kind && one.namespace == other.namespace && one.address.is_ipv4() == other.address.is_ipv4()
    };
    let pairs =
        a.pods.iter().filter_map(|pod| Some((pod.clone(), b.pods.iter().find(|other| same(other, pod))?.clone())));
    pairs.unzip()
}

/// Under which numbers pods of today know the names that policies use.
fn numbers<'a>(pods: impl Iterator<Item = &'a Endpoint>, vocabulary: &Vocabulary) -> BTreeMap<String, BTreeSet<Port>> {
    let mut numbers: BTreeMap<String, BTreeSet<Port>> = BTreeMap::new();
    for (name, port) in pods.flat_map(|pod| &pod.names).filter(|(name, _)| vocabulary.port_names.contains(name)) {
        numbers.entry(name.clone()).or_default().insert(*port);
    }
    numbers
}

/// The namespaces that strangers come into, the same on both sides.
fn stranger_namespaces(a: &Place, b: &Place, vocabulary: &Vocabulary) -> BTreeSet<String> {
    let with_new = |side: &Place| -> BTreeSet<String> {
        let known = side.namespaces.keys();
        let known = known.filter(|name| !LIKE_NEW.contains(&name.as_str()) || vocabulary.names_namespace(name));
        known.cloned().chain(vocabulary.new_namespaces(&side.namespaces).into_keys()).collect()
    };
    &with_new(a) & &with_new(b)
}
