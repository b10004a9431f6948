//! The ends of a survey as expectations see them: ends that are treated alike and that no expectation tells apart
//! are one group.

use std::collections::{BTreeMap, HashMap};

use netpol::{
    Labels, Namespace, NetworkPolicy, ObjectName, Pod, PortStretch, Protocol, Snapshot, Stranger, StrangerNamespace,
    Survey, SurveyEnd,
};

use super::model::Rule;
use super::pattern::{End, NAME_LABEL, PortPattern, ToPattern};

/// The workload of each pod that has one.
pub(super) type Owned = HashMap<ObjectName, ObjectName>;

/// What end patterns need to know of a snapshot.
pub(super) struct Known<'a> {
    namespaces: BTreeMap<&'a str, &'a Labels>,
    pods: HashMap<(&'a str, &'a str), &'a Pod>,
    owners: &'a Owned,
}

/// A rule's number, and the ports at which it speaks of a destination.
type Spoken = (usize, Vec<PortStretch>);

/// Ends that are treated alike and that no rule tells apart.
pub(super) struct Group {
    /// What the survey calls them.
    pub(super) kind: usize,
    /// Indexes of the survey's ends; those that are there come first.
    pub(super) members: Vec<usize>,
    /// By index of [`Groups::as_source`]; none for those that are like another source.
    pub(super) source: Option<usize>,
    /// By index of [`Groups::as_destination`].
    pub(super) destination: usize,
    pub(super) is_address: bool,
}

/// Flows between two groups that are not what is expected of them.
pub(super) struct Wrong {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) ports: Vec<PortStretch>,
}

/// All groups.
#[derive(Default)]
pub(super) struct Groups {
    pub(super) list: Vec<Group>,
    /// The rules that speak of some sources.
    pub(super) as_source: Vec<Vec<bool>>,
    pub(super) as_destination: Vec<Vec<Spoken>>,
}

impl<'a> Known<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, owners: &'a Owned) -> Self {
        let namespaces = snapshot.namespaces.iter().map(|Namespace { name, labels }| (name.as_str(), labels));
        let pods = snapshot.pods.iter().map(|pod| ((pod.namespace.as_str(), pod.name.as_str()), pod));
        Self { namespaces: namespaces.collect(), pods: pods.collect(), owners }
    }

    fn pod(&self, name: &ObjectName) -> Option<&'a Pod> {
        self.pods.get(&(name.namespace.as_str(), name.name.as_str())).copied()
    }

    /// The names of a pod: its own, and its workload's.
    pub(super) fn names(&self, name: &ObjectName) -> Vec<ObjectName> {
        [name].into_iter().chain(self.owners.get(name)).cloned().collect()
    }

    /// Asks about an end of a survey.
    pub(super) fn with<T>(&self, end: &SurveyEnd, ask: impl FnOnce(&End<'_>) -> T) -> T {
        let none = Labels::new();
        match end {
            SurveyEnd::Address(address) => ask(&End::Address(address.example)),
            SurveyEnd::Pod(name) => ask(&End::Pod {
                namespace: &name.namespace,
                namespace_labels: self.namespaces.get(name.namespace.as_str()).copied().unwrap_or(&none),
                names: &self.names(name),
                labels: self.pod(name).map_or(&none, |pod| &pod.labels),
            }),
            SurveyEnd::Stranger(Stranger { namespace, labels, .. }) => {
                let own = match namespace {
                    StrangerNamespace::Named(name) => [(NAME_LABEL.to_owned(), name.clone())].into(),
                    StrangerNamespace::New(labels) => labels.clone(),
                };
                let known = self.namespaces.get(namespace.to_string().as_str()).copied();
                ask(&End::Pod {
                    namespace: &namespace.to_string(),
                    namespace_labels: known.unwrap_or(&own),
                    names: &[],
                    labels,
                })
            }
        }
    }

    /// The ports that a pattern means at a destination.
    fn ports(&self, pattern: &PortPattern, end: &SurveyEnd) -> Vec<PortStretch> {
        let all = |protocol: Option<Protocol>| {
            let protocols = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp].into_iter();
            let protocols = protocols.filter(move |own| protocol.is_none_or(|protocol| protocol == *own));
            protocols.map(|protocol| PortStretch { protocol, first: 1, last: u16::MAX })
        };
        let declared = |name: Option<&str>, protocol: Option<Protocol>| -> Vec<PortStretch> {
            let SurveyEnd::Pod(pod) = end else { return Vec::new() };
            let ports = self.pod(pod).into_iter().flat_map(|pod| &pod.ports);
            let ports = ports.filter(|port| name.is_none_or(|name| port.name.as_deref() == Some(name)));
            let ports = ports.filter(|port| protocol.is_none_or(|protocol| port.protocol == protocol));
            ports.map(|port| PortStretch { protocol: port.protocol, first: port.number, last: port.number }).collect()
        };
        match (pattern, end) {
            (PortPattern::Numbers { first, last, protocol }, _) => {
                vec![PortStretch { protocol: *protocol, first: *first, last: *last }]
            }
            (PortPattern::Named { name, protocol }, SurveyEnd::Stranger(stranger)) => {
                let calls_it_so = stranger.port_names.contains(name);
                if calls_it_so { all(*protocol).collect() } else { Vec::new() }
            }
            (PortPattern::Named { name, protocol }, _) => declared(Some(name), *protocol),
            (PortPattern::Declared, _) => declared(None, None),
        }
    }

    fn spoken(&self, to: &[ToPattern], end: &SurveyEnd) -> Option<Vec<PortStretch>> {
        let mut found = Vec::new();
        let mut is_picked = false;
        for pattern in to.iter().filter(|pattern| self.with(end, |end| pattern.end.picks(end))) {
            is_picked = true;
            if pattern.ports.is_empty() {
                let protocols = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
                return Some(protocols.map(|protocol| PortStretch { protocol, first: 1, last: u16::MAX }).to_vec());
            }
            found.extend(pattern.ports.iter().flat_map(|port| self.ports(port, end)));
        }
        found.sort();
        found.dedup();
        (is_picked && !found.is_empty()).then_some(found)
    }
}

/// The words of rules, as policies that have them. Ports that pods declare are told apart where a rule speaks of them.
pub(super) fn words<'r>(rules: impl Iterator<Item = &'r Rule> + Clone, snapshot: &Snapshot) -> Vec<NetworkPolicy> {
    let sources = rules.clone().flat_map(|rule| rule.from.iter().map(|end| end.words(&[])));
    let destinations = rules.clone().flat_map(|rule| rule.to.iter().map(|to| to.end.words(&to.ports)));
    let mut words: Vec<NetworkPolicy> = sources.chain(destinations).collect();
    let mut ports = rules.flat_map(|rule| rule.to.iter().flat_map(|to| &to.ports));
    if ports.any(|port| matches!(port, PortPattern::Named { .. } | PortPattern::Declared)) {
        let mut declared: Vec<PortPattern> = Vec::new();
        for port in snapshot.pods.iter().flat_map(|pod| &pod.ports) {
            let pattern = PortPattern::Numbers { first: port.number, last: port.number, protocol: port.protocol };
            if !declared.contains(&pattern) {
                declared.push(pattern);
            }
        }
        words.push(super::pattern::EndPattern::All.words(&declared));
    }
    words
}

impl Groups {
    /// The groups of a survey's ends, as these rules tell them apart.
    pub(super) fn new(survey: &Survey, known: &Known<'_>, rules: &[&Rule]) -> Self {
        let mut groups = Self::default();
        let mut sources: HashMap<Vec<bool>, usize> = HashMap::new();
        let mut destinations: HashMap<Vec<Spoken>, usize> = HashMap::new();
        let mut index: HashMap<(usize, Option<usize>, usize), usize> = HashMap::new();
        for (at, end) in survey.ends.iter().enumerate() {
            let mut source: Vec<bool> = Vec::with_capacity(rules.len());
            let mut spoken: Vec<Spoken> = Vec::new();
            for (number, rule) in rules.iter().enumerate() {
                source.push(known.with(end, |end| rule.from.iter().any(|pattern| pattern.picks(end))));
                spoken.extend(known.spoken(&rule.to, end).map(|ports| (number, ports)));
            }
            // The names of its ports make no difference to what a pod opens connections to.
            let is_source = !matches!(end, SurveyEnd::Stranger(stranger) if !stranger.port_names.is_empty());
            let source = is_source.then(|| place(&mut sources, &mut groups.as_source, source));
            let destination = place(&mut destinations, &mut groups.as_destination, spoken);
            let group = *index.entry((survey.kinds[at], source, destination)).or_insert_with(|| {
                let is_address = matches!(end, SurveyEnd::Address(_));
                let kind = survey.kinds[at];
                groups.list.push(Group { kind, members: Vec::new(), source, destination, is_address });
                groups.list.len() - 1
            });
            groups.list[group].members.push(at);
        }
        groups
    }
}

fn place<T: Clone + Eq + std::hash::Hash>(index: &mut HashMap<T, usize>, list: &mut Vec<T>, value: T) -> usize {
    *index.entry(value).or_insert_with_key(|value| {
        list.push(value.clone());
        list.len() - 1
    })
}
