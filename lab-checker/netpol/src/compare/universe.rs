//! Everything that two snapshots are compared in: the pods of either, all strangers and all addresses that either
//! tells apart. Both sides get the same ones.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::profiles::{KeyStates, MOST_PROFILES, key_states, neighbours, profiles};
use super::words::{PortStretch, Words};
use crate::classes::{AddressClasses, address_of};
use crate::model::{
    ContainerPort, Labels, NAME_LABEL, Namespace, ObjectName, Pod, PodNetwork, Selector, Snapshot, Stranger,
    StrangerNamespace, complete,
};

/// So many port names are tried in all combinations; of more, each alone and all together.
const MOST_NAMES: usize = 3;

/// More strangers than these are not looked at.
const MOST_STRANGERS: usize = 8192;

/// About how many words of bit sets may be looked at: a second's work. Whoever writes thousands of policies with
/// thousands of words gets an answer about fewer strangers.
const MOST_WORK: u64 = 1 << 29;

/// Stands for a namespace's name that no policy mentions.
const UNMENTIONED: &str = "{}";

/// Both sides of a comparison, with the same pods in the same places.
pub(crate) struct Universe {
    pub(crate) sides: [Snapshot; 2],
    /// One for each pod of either side's snapshot.
    pub(crate) pods: Vec<UniversePod>,
    pub(crate) addresses: Vec<OutsideAddress>,
    pub(crate) ports: Vec<PortStretch>,
    /// For a namespace whose strangers are looked at, those whose strangers are like them.
    pub(crate) alike: BTreeMap<String, Vec<String>>,
    /// Where it is not whole, and why.
    pub(crate) limits: BTreeSet<String>,
}

/// A pod that both sides have, or could have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum UniversePod {
    Real(ObjectName),
    Stranger(Stranger),
}

impl UniversePod {
    /// The same wherever it is.
    pub(crate) fn without_address(&self) -> Self {
        match self {
            Self::Real(_) => self.clone(),
            Self::Stranger(stranger) => Self::Stranger(Stranger { addresses: Vec::new(), ..stranger.clone() }),
        }
    }
}

/// Addresses outside of the cluster that neither side tells apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideAddress {
    /// One that is nobody's.
    pub example: IpAddr,
    /// The smallest block that either side names and that holds them; `None` for those that are in no block.
    pub block: Option<ipnet::IpNet>,
    /// Blocks inside of it that do not belong to them.
    pub without: Vec<ipnet::IpNet>,
}

impl Universe {
    pub(crate) fn new(a: &Snapshot, b: &Snapshot, words: &Words<'_>) -> Self {
        let network = PodNetwork::of(&[a, b]);
        let mut sides = [a.clone(), b.clone()];
        let names = share_pods(&mut sides);
        share_namespaces(&mut sides);
        let mut universe = Self {
            sides,
            pods: names.into_iter().map(UniversePod::Real).collect(),
            addresses: outside_addresses(&words.vocabulary.addresses, &network),
            ports: words.ports(),
            alike: BTreeMap::new(),
            limits: BTreeSet::new(),
        };
        universe.add_strangers(words, &network);
        universe
    }

    fn add_strangers(&mut self, words: &Words<'_>, network: &PodNetwork) {
        let kinds = Kinds {
            addresses: stranger_addresses(&self.sides, &words.vocabulary.addresses, network),
            port_names: self.port_names(words),
        };
        let mut strangers = Vec::new();
        for (namespace, labels) in self.places(words) {
            let each: Vec<&Labels> = labels.iter().collect();
            let selectors = words.pod_selectors(&namespace.to_string(), &each);
            let keys = key_states(&selectors);
            let found = profiles(&selectors, &keys).unwrap_or_else(|| {
                self.limits.insert(format!(
                    "the policies tell more than {MOST_PROFILES} kinds of pods apart in {namespace}: only pods that \
                     meet one or two selectors, or whose labels differ in one from those of a pod that is there, \
                     were looked at"
                ));
                self.near_existing(&namespace, &selectors, &keys)
            });
            strangers.extend(found.iter().flat_map(|labels| kinds.of(&namespace, labels)));
        }
        let most = self.most_strangers();
        if strangers.len() > most {
            strangers.truncate(most);
            self.limits.insert(format!("of pods that could be there, only the first {most} kinds were looked at"));
        }
        for stranger in strangers {
            self.add(stranger);
        }
    }

    fn most_strangers(&self) -> usize {
        let policies = self.sides.iter().map(|side| side.policies.len()).sum::<usize>();
        let each = (policies + 1) * self.ports.len().max(1);
        // In 64 bits everywhere: a page counts with 32.
        let most = (64 * MOST_WORK / each as u64).isqrt();
        usize::try_from(most).unwrap_or(MOST_STRANGERS).clamp(64, MOST_STRANGERS)
    }

    fn add(&mut self, (stranger, addresses): (Stranger, Vec<IpAddr>)) {
        let name = stranger.name();
        let declared = |port_name: &String| {
            let port_name = port_name.clone();
            let all = self.ports.iter();
            all.map(move |port| (port_name.clone(), port.protocol, port.first))
        };
        // A flow asks for one port: that the pod calls others by the same name makes no difference to it.
        let ports: Vec<ContainerPort> = stranger
            .port_names
            .iter()
            .flat_map(declared)
            .map(|(name, protocol, number)| ContainerPort { name: Some(name), number, protocol })
            .collect();
        for side in &mut self.sides {
            side.pods.push(Pod {
                namespace: name.namespace.clone(),
                name: name.name.clone(),
                labels: stranger.labels.clone(),
                addresses: addresses.clone(),
                ports: ports.clone(),
                ..Pod::default()
            });
        }
        self.pods.push(UniversePod::Stranger(stranger));
    }

    /// Where strangers are looked for, with the labels of the namespace on either side: in one namespace of each
    /// kind that is there, and in new ones.
    fn places(&mut self, words: &Words<'_>) -> Vec<(StrangerNamespace, [Labels; 2])> {
        let selectors = words.namespace_selectors();
        let mut seen = BTreeMap::new();
        let mut places = Vec::new();
        let others: BTreeMap<&str, &Labels> =
            self.sides[1].namespaces.iter().map(|namespace| (namespace.name.as_str(), &namespace.labels)).collect();
        for namespace in &self.sides[0].namespaces {
            let labels = [&namespace.labels, others.get(namespace.name.as_str()).copied().unwrap_or(&namespace.labels)];
            let met = labels.map(|labels| selectors.iter().map(|selector| selector.matches(labels)).collect());
            let [a, b]: [Vec<bool>; 2] = met;
            let own = words.has_policies(&namespace.name).then(|| namespace.name.clone());
            match seen.entry((own, a, b)) {
                Entry::Vacant(new) => {
                    new.insert(&namespace.name);
                    places.push((StrangerNamespace::Named(namespace.name.clone()), labels.map(Labels::clone)));
                }
                Entry::Occupied(first) => {
                    self.alike.entry((*first.get()).clone()).or_default().push(namespace.name.clone());
                }
            }
        }
        for place in self.new_namespaces(&selectors) {
            let Namespace { labels, name } = place.implied();
            let is_there = self.sides[0].namespaces.iter().any(|namespace| namespace.name == name);
            if !is_there {
                for side in &mut self.sides {
                    side.namespaces.push(place.implied());
                }
                places.push((place, [labels.clone(), labels]));
            }
        }
        places
    }

    /// Namespaces of tomorrow, one for each way in which their labels can meet the selectors. A name that is
    /// mentioned and not taken is one of them.
    fn new_namespaces(&mut self, selectors: &[&Selector]) -> Vec<StrangerNamespace> {
        let taken: BTreeSet<&str> = self.sides[0].namespaces.iter().map(|namespace| namespace.name.as_str()).collect();
        let mut keys = key_states(selectors);
        for KeyStates { key, values } in &mut keys {
            if key == NAME_LABEL {
                // Every namespace has a name; mostly one that nobody mentions.
                values.pop();
                values.retain(|value| value.as_ref().is_some_and(|name| !taken.contains(name.as_str())));
                values.insert(0, Some(UNMENTIONED.to_owned()));
            }
        }
        let found = profiles(selectors, &keys).unwrap_or_else(|| {
            self.limits.insert(format!(
                "the policies tell more than {MOST_PROFILES} kinds of namespaces apart: of new ones, only those \
                 that meet one or two selectors were looked at"
            ));
            neighbours(selectors, &keys, [&Labels::new()].into_iter())
        });
        let place = |mut labels: Labels| match labels.remove(NAME_LABEL) {
            Some(name) if name != UNMENTIONED && labels.is_empty() => StrangerNamespace::Named(name),
            Some(name) if name != UNMENTIONED => {
                labels.insert(NAME_LABEL.to_owned(), name);
                StrangerNamespace::New(labels)
            }
            _ => StrangerNamespace::New(labels),
        };
        found.into_iter().map(place).collect()
    }

    fn near_existing(&self, namespace: &StrangerNamespace, selectors: &[&Selector], keys: &[KeyStates]) -> Vec<Labels> {
        let name = namespace.to_string();
        let pods = self.sides.iter().flat_map(|side| &side.pods).filter(|pod| pod.namespace == name);
        neighbours(selectors, keys, pods.map(|pod| &pod.labels))
    }

    /// The sets of names that a port may have.
    fn port_names(&mut self, words: &Words<'_>) -> Vec<Vec<String>> {
        let names: Vec<&String> = words.vocabulary.port_names.iter().collect();
        if names.len() <= MOST_NAMES {
            let set = |bits: u32| {
                let has = |at: &usize| bits & (1 << at) != 0;
                (0..names.len()).filter(has).map(|at| names[at].clone()).collect()
            };
            return (0..1 << names.len()).map(set).collect();
        }
        self.limits.insert(format!(
            "the policies name {} ports: a port that has several of the names at once was not looked at",
            names.len()
        ));
        let alone = names.iter().map(|name| vec![(*name).clone()]);
        [Vec::new()].into_iter().chain(alone).collect()
    }
}

/// The kinds of strangers that have the same labels.
struct Kinds {
    addresses: Vec<Vec<IpAddr>>,
    port_names: Vec<Vec<String>>,
}

impl Kinds {
    fn of(&self, namespace: &StrangerNamespace, labels: &Labels) -> Vec<(Stranger, Vec<IpAddr>)> {
        let mut strangers = Vec::with_capacity(self.addresses.len() * self.port_names.len());
        for addresses in &self.addresses {
            for port_names in &self.port_names {
                // Where all addresses are alike, nobody needs to read one.
                let told = self.addresses.len() > 1 || addresses.len() > 1;
                let stranger = Stranger {
                    namespace: namespace.clone(),
                    labels: labels.clone(),
                    addresses: if told { addresses.clone() } else { Vec::new() },
                    port_names: port_names.clone(),
                };
                strangers.push((stranger, addresses.clone()));
            }
        }
        strangers
    }
}

/// Gives both sides the pods of either, in the same places, and says which they are. Host-network pods are left out,
/// since what policies do to them is undefined, and so are pods that take no part in traffic.
fn share_pods(sides: &mut [Snapshot; 2]) -> Vec<ObjectName> {
    let mut pods: BTreeMap<ObjectName, [Option<Pod>; 2]> = BTreeMap::new();
    for (at, side) in sides.iter_mut().enumerate() {
        for pod in std::mem::take(&mut side.pods) {
            if pod.is_endpoint() && !pod.host_network {
                let name = ObjectName::new(&*pod.namespace, &*pod.name);
                pods.entry(name).or_default()[at] = Some(pod);
            }
        }
    }
    let mut names = Vec::new();
    for (name, both) in pods {
        let (a, b) = match both {
            [Some(a), Some(b)] => (a, b),
            [Some(pod), None] | [None, Some(pod)] => (pod.clone(), pod),
            [None, None] => continue,
        };
        sides[0].pods.push(a);
        sides[1].pods.push(b);
        names.push(name);
    }
    names
}

fn share_namespaces(sides: &mut [Snapshot; 2]) {
    sides.iter_mut().for_each(complete);
    let [a, b] = sides;
    let missing = |from: &Snapshot, to: &Snapshot| -> Vec<Namespace> {
        let known: BTreeSet<&str> = to.namespaces.iter().map(|namespace| namespace.name.as_str()).collect();
        from.namespaces.iter().filter(|namespace| !known.contains(namespace.name.as_str())).cloned().collect()
    };
    let (to_b, to_a) = (missing(a, b), missing(b, a));
    a.namespaces.extend(to_a);
    b.namespaces.extend(to_b);
}

/// One address that is nobody's of each class that has one outside of the networks of pods.
fn outside_addresses(classes: &AddressClasses, network: &PodNetwork) -> Vec<OutsideAddress> {
    let mut found: BTreeMap<(usize, u32), IpAddr> = BTreeMap::new();
    for family in 0..2 {
        for (first, last, class) in classes.ranges(family) {
            let key = (family, class);
            let (first, last) = (address_of(family, first), address_of(family, last));
            let well_known = PLEASANT.iter().copied().filter(|address| (first..=last).contains(address));
            let pleasant = well_known.filter_map(|address| network.free_outside(address, address)).next();
            match pleasant.or_else(|| network.free_outside(first, last)) {
                Some(address) if pleasant.is_some() || !found.contains_key(&key) => _ = found.insert(key, address),
                _ => {}
            }
        }
    }
    let address = |((family, class), example): ((usize, u32), IpAddr)| OutsideAddress {
        example,
        block: classes.innermost(class),
        without: classes.inside(class).filter(|block| usize::from(block.addr().is_ipv6()) == family).collect(),
    };
    found.into_iter().map(address).collect()
}

/// Addresses that stand for the internet in documents, where there is a choice.
const PLEASANT: [IpAddr; 5] = [
    IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 7)),
    IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 10)),
    IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V4(std::net::Ipv4Addr::new(8, 8, 8, 8)),
    IpAddr::V6(std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
];

/// Addresses that pods of tomorrow may have: one for each class of addresses in the networks of pods, and for both
/// families together where pods have both.
fn stranger_addresses(sides: &[Snapshot; 2], classes: &AddressClasses, network: &PodNetwork) -> Vec<Vec<IpAddr>> {
    let pods = sides.iter().flat_map(|side| &side.pods);
    let mut kinds: BTreeSet<Vec<bool>> = pods.map(|pod| pod.addresses.iter().map(IpAddr::is_ipv6).collect()).collect();
    if kinds.is_empty() {
        kinds.extend(network.networks.first().map(|network| vec![network.addr().is_ipv6()]));
    }
    let free = [false, true].map(|v6| free_in_network(v6, classes, network));
    let mut found = Vec::new();
    for kind in kinds {
        let mut lists: Vec<Vec<IpAddr>> = vec![Vec::new()];
        for v6 in kind {
            let with = |list: &Vec<IpAddr>, address: &IpAddr| [list.as_slice(), &[*address]].concat();
            let addresses = &free[usize::from(v6)];
            lists = lists.iter().flat_map(|list| addresses.iter().map(move |address| with(list, address))).collect();
        }
        found.extend(lists);
    }
    found
}

fn free_in_network(v6: bool, classes: &AddressClasses, network: &PodNetwork) -> Vec<IpAddr> {
    let mut found: BTreeMap<u32, IpAddr> = BTreeMap::new();
    let family = usize::from(v6);
    for block in network.networks.iter().filter(|block| block.addr().is_ipv6() == v6) {
        for (first, last, class) in classes.ranges(family) {
            let (first, last) = (address_of(family, first), address_of(family, last));
            let (first, last) = (first.max(block.network()), last.min(block.broadcast()));
            if first <= last
                && !found.contains_key(&class)
                && let Some(address) = network.free(first, last)
            {
                found.insert(class, address);
            }
        }
    }
    found.into_values().collect()
}
