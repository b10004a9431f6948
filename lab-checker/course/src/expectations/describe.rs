//! Saying which ends are meant, in patterns that pick these and no others: by namespace and labels, by block of
//! addresses. Each end that is meant begins with all that is true of it, and whatever can be left out without meaning
//! more is left out.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use netpol::{
    LabelScope, Labels, NamespaceScope, NetworkPolicy, OutsideAddress, Peer, Requirement, Rule, Selector, Snapshot,
    StrangerNamespace, Survey, SurveyEnd,
};

use super::ends::Known;
use super::pattern::{EndPattern, NAME_LABEL, NamespacePattern, PodPattern};

/// What is true of an end.
pub(super) enum Described {
    /// Of a pod that could be there: conditions on its namespace and on its labels, those first that are left out first.
    Pod {
        namespace: Vec<Requirement>,
        labels: Vec<Requirement>,
    },
    Address(OutsideAddress),
}

/// Everything that patterns are made of.
pub(super) struct Describer<'a> {
    pub(super) survey: &'a Survey,
    pub(super) known: &'a Known<'a>,
    pub(super) scopes: &'a [LabelScope],
    /// For each end, what is true of it; nothing of ends that are like another.
    pub(super) described: Vec<Option<Described>>,
}

impl Described {
    /// What is true of an end; nothing of pods that are there, which are like those that could be, and of those whose
    /// ports have names.
    pub(super) fn of(end: &SurveyEnd, snapshot: &Snapshot, scopes: &[LabelScope]) -> Option<Self> {
        let stranger = match end {
            SurveyEnd::Pod(_) => return None,
            SurveyEnd::Address(address) => return Some(Self::Address(address.clone())),
            SurveyEnd::Stranger(stranger) if !stranger.port_names.is_empty() => return None,
            SurveyEnd::Stranger(stranger) => stranger,
        };
        let names = || snapshot.namespaces.iter().map(|namespace| namespace.name.clone());
        let keys = scopes.iter().flat_map(|scope| &scope.namespaces.requirements);
        let keys: BTreeSet<&str> = keys.map(Requirement::key).filter(|key| *key != NAME_LABEL).collect();
        let mut namespace = Vec::new();
        let own: Labels = match &stranger.namespace {
            StrangerNamespace::Named(name) => {
                namespace.push(Requirement::In { key: NAME_LABEL.to_owned(), values: vec![name.clone()] });
                let known = snapshot.namespaces.iter().find(|known| known.name == *name);
                known.map(|known| known.labels.clone()).unwrap_or_default()
            }
            StrangerNamespace::New(labels) => {
                let mut values: Vec<String> = names().chain(mentioned_names(scopes)).collect();
                values.sort();
                values.dedup();
                namespace.push(Requirement::NotIn { key: NAME_LABEL.to_owned(), values });
                labels.clone()
            }
        };
        for key in keys {
            let values = scopes.iter().flat_map(|scope| &scope.namespaces.requirements);
            let values = values.filter(|requirement| requirement.key() == key).flat_map(Requirement::values);
            namespace.extend(states(key, &values.cloned().collect(), own.get(key)));
        }
        let labels = scopes.iter().flat_map(|scope| &scope.pods);
        let mut pods: Vec<Requirement> =
            labels.flat_map(|(key, values)| states(key, values, stranger.labels.get(key))).collect();
        pods.sort_by_key(|requirement| (is_positive(requirement), requirement.clone()));
        pods.dedup();
        Some(Self::Pod { namespace, labels: pods })
    }
}

fn mentioned_names(scopes: &[LabelScope]) -> impl Iterator<Item = String> {
    let names = scopes.iter().flat_map(|scope| &scope.namespaces.requirements);
    names.filter(|requirement| requirement.key() == NAME_LABEL).flat_map(Requirement::values).cloned()
}

fn is_positive(requirement: &Requirement) -> bool {
    matches!(requirement, Requirement::In { .. })
}

/// What is true of a label, in conditions that policies could make.
fn states(key: &str, values: &BTreeSet<String>, own: Option<&String>) -> Vec<Requirement> {
    let key = key.to_owned();
    match own {
        None => vec![Requirement::DoesNotExist { key }],
        Some(own) if values.contains(own) => vec![Requirement::In { key, values: vec![own.clone()] }],
        Some(_) if values.is_empty() => vec![Requirement::Exists { key }],
        Some(_) => {
            let values = values.iter().cloned().collect();
            vec![Requirement::NotIn { key: key.clone(), values }, Requirement::Exists { key }]
        }
    }
}

/// The words of scopes one by one, as policies that have them, so that every label is told apart from every other.
pub(super) fn scope_words(scopes: &[LabelScope], snapshot: &Snapshot) -> Vec<NetworkPolicy> {
    let mut words = Vec::new();
    for namespace in &snapshot.namespaces {
        let namespaces = NamespacePattern::Named(namespace.name.clone());
        words.push(EndPattern::Pods { namespaces, pods: PodPattern::Any }.words(&[]));
    }
    for scope in scopes {
        for one in singles(scope.namespaces.requirements.iter().map(|own| (own.key(), own.values()))) {
            words.push(policy(one, Selector::everything()));
        }
        let pods = scope.pods.iter().map(|(key, values)| (key.as_str(), values.iter().cloned().collect::<Vec<_>>()));
        let pods: Vec<(&str, Vec<String>)> = pods.collect();
        for one in singles(pods.iter().map(|(key, values)| (*key, values.as_slice()))) {
            words.push(policy(scope.namespaces.clone(), one));
        }
    }
    words
}

fn singles<'a>(mentioned: impl Iterator<Item = (&'a str, &'a [String])>) -> Vec<Selector> {
    let mut found = Vec::new();
    for (key, values) in mentioned {
        found.push(Selector { requirements: vec![Requirement::Exists { key: key.to_owned() }] });
        found.extend(values.iter().map(|value| Selector::labels([(key, value.as_str())])));
    }
    found
}

fn policy(namespaces: Selector, pods: Selector) -> NetworkPolicy {
    let peer = Peer::Pods { namespaces: NamespaceScope::Matching(namespaces), pods };
    NetworkPolicy {
        namespace: String::new(),
        name: String::new(),
        pod_selector: Selector::everything(),
        ingress: Some(vec![Rule { peers: vec![peer], ports: Vec::new() }]),
        egress: None,
    }
}

impl Describer<'_> {
    /// Patterns that pick all ends that are meant, and beside them at most those that may be picked too. Ends that
    /// nothing tells apart from others are left out.
    pub(super) fn patterns(&self, is_meant: &dyn Fn(usize) -> bool, may: &dyn Fn(usize) -> bool) -> Vec<EndPattern> {
        let picks = |pattern: &EndPattern, at: usize| self.known.with(&self.survey.ends[at], |end| pattern.picks(end));
        let all = || (0..self.described.len()).filter(|at| self.described[*at].is_some());
        let fits = |pattern: &EndPattern| all().all(|at| may(at) || !picks(pattern, at));
        let mut found: Vec<EndPattern> = Vec::new();
        for at in all().filter(|at| is_meant(*at)) {
            if found.iter().any(|pattern| picks(pattern, at)) {
                continue;
            }
            let pattern = match &self.described[at] {
                Some(Described::Address(address)) => of_address(address, &fits),
                Some(Described::Pod { namespace, labels }) => self.of_pod(namespace, labels, &fits),
                None => None,
            };
            found.extend(pattern);
        }
        // The later, more general ones may pick what the earlier ones were made for.
        let needed = |one: usize| {
            all()
                .filter(|at| is_meant(*at) && picks(&found[one], *at))
                .any(|at| !found.iter().enumerate().any(|(other, pattern)| other > one && picks(pattern, at)))
        };
        (0..found.len()).filter(|one| needed(*one)).map(|one| found[one].clone()).collect()
    }

    fn of_pod(
        &self,
        namespace: &[Requirement],
        labels: &[Requirement],
        fits: &dyn Fn(&EndPattern) -> bool,
    ) -> Option<EndPattern> {
        let every = EndPattern::Pods { namespaces: NamespacePattern::Any, pods: PodPattern::Any };
        if let Some(broad) = [EndPattern::All, every].into_iter().find(fits) {
            return Some(broad);
        }
        let fits = |namespace: &[Requirement], labels: &[Requirement]| {
            self.is_seen(namespace, labels) && fits(&pattern(namespace, labels))
        };
        let (mut namespace, mut labels) = (namespace.to_vec(), labels.to_vec());
        // Labels that are looked at elsewhere alone say nothing here.
        labels.retain(|requirement| self.is_seen(&namespace, std::slice::from_ref(requirement)));
        if !fits(&namespace, &labels) {
            return None;
        }
        if fits(&namespace, &[]) {
            labels.clear();
        }
        leave_out(&mut labels, |rest| fits(&namespace, rest));
        leave_out(&mut namespace, |rest| fits(rest, &labels));
        Some(pattern(&namespace, &labels))
    }

    /// Whether policies look at these labels in all of these namespaces: else the pattern would speak of pods that
    /// nobody has looked at.
    fn is_seen(&self, namespace: &[Requirement], labels: &[Requirement]) -> bool {
        let scopes = self.scopes.iter().filter(|scope| {
            scope.namespaces.requirements.iter().all(|wanted| namespace.iter().any(|own| implies(own, wanted)))
        });
        let mut seen: BTreeMap<&str, BTreeSet<&String>> = BTreeMap::new();
        for (key, values) in scopes.flat_map(|scope| &scope.pods) {
            seen.entry(key).or_default().extend(values);
        }
        // A value that nobody looks at there is like any other.
        let is_known = |label: &Requirement| {
            seen.get(label.key()).is_some_and(|known| label.values().iter().all(|value| known.contains(value)))
        };
        labels.iter().all(is_known)
    }
}

/// Leaves out one condition after the other where the rest still fits.
fn leave_out(conditions: &mut Vec<Requirement>, fits: impl Fn(&[Requirement]) -> bool) {
    let mut at = 0;
    while at < conditions.len() {
        let mut rest = conditions.clone();
        rest.remove(at);
        if fits(&rest) {
            *conditions = rest;
        } else {
            at += 1;
        }
    }
}

fn implies(own: &Requirement, wanted: &Requirement) -> bool {
    let within = |inner: &[String], outer: &[String]| inner.iter().all(|value| outer.contains(value));
    own.key() == wanted.key()
        && match (own, wanted) {
            (Requirement::In { values, .. }, Requirement::In { values: wanted, .. }) => within(values, wanted),
            (Requirement::In { .. } | Requirement::Exists { .. }, Requirement::Exists { .. })
            | (Requirement::DoesNotExist { .. }, Requirement::DoesNotExist { .. } | Requirement::NotIn { .. }) => true,
            (Requirement::NotIn { values, .. }, Requirement::NotIn { values: wanted, .. }) => within(wanted, values),
            (Requirement::In { values, .. }, Requirement::NotIn { values: wanted, .. }) => {
                !values.iter().any(|value| wanted.contains(value))
            }
            _ => false,
        }
}

fn pattern(namespace: &[Requirement], labels: &[Requirement]) -> EndPattern {
    let namespaces = match namespace {
        [] => NamespacePattern::Any,
        [Requirement::In { key, values }] if key == NAME_LABEL && values.len() == 1 => {
            NamespacePattern::Named(values[0].clone())
        }
        requirements => NamespacePattern::Labels(Selector { requirements: requirements.to_vec() }),
    };
    let pods = match labels {
        [] => PodPattern::Any,
        requirements => PodPattern::Labels(Selector { requirements: requirements.to_vec() }),
    };
    EndPattern::Pods { namespaces, pods }
}

fn of_address(address: &OutsideAddress, fits: &dyn Fn(&EndPattern) -> bool) -> Option<EndPattern> {
    let whole = match address.example.is_ipv4() {
        true => IpNet::V4(Ipv4Net::default()),
        false => IpNet::V6(Ipv6Net::default()),
    };
    let block = |block, except| EndPattern::Block { block, except };
    let own = address.block.unwrap_or(whole);
    let candidates = [
        EndPattern::All,
        EndPattern::External,
        block(whole, Vec::new()),
        block(own, Vec::new()),
        block(own, address.without.clone()),
    ];
    candidates.into_iter().find(fits)
}
