//! What is open: which pods anybody can reach, from the cluster or from the internet, and which can
//! reach the internet themselves.

use std::collections::BTreeMap;

use serde::Serialize;

use super::class_verdicts::ClassVerdicts;
use crate::classes::{Class, Compiled, NO_CLASS, PortClass, internet_classes};
use crate::engine::Engine;
use crate::model::Protocol;

/// How open some pods of a namespace are: all that are equally open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exposure {
    /// The pods.
    pub pods: Group,
    /// Their names.
    pub names: Vec<String>,
    /// At which of their ports every pod of the cluster can reach them.
    pub from_cluster: Openness,
    /// At which of their ports the internet can: what holds for most of its addresses, over any family
    /// that the pods have.
    pub from_internet: Openness,
    /// At which ports they can reach the internet, in the same sense.
    pub to_internet: Openness,
    /// Whether the standard leaves it undefined (host-network pods), so that this is only what most
    /// implementations do.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub undefined: bool,
}

/// Several pods of a namespace that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The namespace; `None` for an address.
    pub namespace: Option<String>,
    /// The name of the first of them.
    pub name: String,
    /// How many they are.
    pub count: usize,
}

/// Which ports are open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "open", content = "ports")]
pub enum Openness {
    /// None.
    Nothing,
    /// These and no others, written `80/TCP` or `8000-8100/TCP`.
    Ports(Vec<String>),
    /// Every port of every protocol.
    Everything,
}

/// The exposure of all pods, by namespace; pods that are equally open are taken together.
#[must_use]
pub fn exposure(engine: &Engine) -> Vec<Exposure> {
    let compiled = engine.compiled();
    let verdicts: Vec<(PortClass, ClassVerdicts)> =
        port_classes(compiled).into_iter().map(|port| (port, ClassVerdicts::new(compiled, port))).collect();
    let mut groups: BTreeMap<(&str, u32, bool), Vec<&str>> = BTreeMap::new();
    for (pod, class) in engine.snapshot().pods.iter().zip(&compiled.classes.of_pod) {
        if *class != NO_CLASS {
            groups.entry((&pod.namespace, *class, pod.host_network)).or_default().push(&pod.name);
        }
    }
    let survey = Survey { compiled, verdicts: &verdicts, internet: internet(compiled) };
    let mut exposures: Vec<Exposure> = Vec::new();
    for ((namespace, class, undefined), names) in groups {
        let found = survey.exposure(class, namespace, &names, undefined);
        match exposures.iter_mut().find(|known| known.is_as_open_as(&found)) {
            Some(known) => known.names.extend(found.names),
            None => exposures.push(found),
        }
    }
    for exposure in &mut exposures {
        exposure.names.sort();
        exposure.pods.name.clone_from(&exposure.names[0]);
        exposure.pods.count = exposure.names.len();
    }
    exposures.sort_by(|a, b| (&a.pods.namespace, &a.pods.name).cmp(&(&b.pods.namespace, &b.pods.name)));
    exposures
}

impl std::fmt::Display for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        match self.count {
            1 => f.write_str(&self.name),
            count => write!(f, "{} and {} more", self.name, count - 1),
        }
    }
}

impl Exposure {
    /// Whether both are about one namespace and say the same.
    fn is_as_open_as(&self, other: &Self) -> bool {
        self.pods.namespace == other.pods.namespace && self.said() == other.said()
    }

    fn said(&self) -> (bool, [&Openness; 3]) {
        (self.undefined, [&self.from_cluster, &self.from_internet, &self.to_internet])
    }
}

/// Of each family, the class of endpoints that the internet is.
fn internet(compiled: &Compiled) -> [Option<u32>; 2] {
    let addresses = internet_classes(&compiled.vocabulary.addresses);
    let class = |family: usize| {
        let mut wanted = [None, None];
        wanted[family] = Some(addresses[family]);
        let is = |class: &Class| class.group.is_none() && class.node.is_none() && class.addresses == wanted;
        compiled.classes.list.iter().position(is).map(|at| at as u32)
    };
    [class(0), class(1)]
}

/// All classes of ports.
fn port_classes(compiled: &Compiled) -> Vec<PortClass> {
    let protocols = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
    let classes = protocols.into_iter().flat_map(|protocol| {
        compiled.vocabulary.port_starts[protocol as usize].iter().map(move |&first| PortClass { protocol, first })
    });
    classes.collect()
}

struct Survey<'a> {
    compiled: &'a Compiled,
    verdicts: &'a [(PortClass, ClassVerdicts)],
    internet: [Option<u32>; 2],
}

impl Survey<'_> {
    fn exposure(&self, class: u32, namespace: &str, names: &[&str], undefined: bool) -> Exposure {
        // A pod to itself says nothing; one of several that are alike to another of them does.
        let others = (0..self.compiled.classes.len() as u32).filter(|&other| {
            self.compiled.classes.list[other as usize].group.is_some() && (other != class || names.len() > 1)
        });
        let others: Vec<u32> = others.collect();
        let families = self.compiled.classes.list[class as usize].addresses;
        let internet =
            self.internet.into_iter().zip(families).filter_map(|(internet, own)| internet.filter(|_| own.is_some()));
        let internet: Vec<u32> = internet.collect();
        let allows = |verdicts: &ClassVerdicts, from: u32, to: u32| verdicts.allows(self.compiled, from, to);
        Exposure {
            from_cluster: self.open(|verdicts| others.iter().all(|&other| allows(verdicts, other, class))),
            from_internet: self.open(|verdicts| internet.iter().any(|&other| allows(verdicts, other, class))),
            to_internet: self.open(|verdicts| internet.iter().any(|&other| allows(verdicts, class, other))),
            pods: Group { namespace: Some(namespace.to_owned()), name: names[0].to_owned(), count: names.len() },
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            undefined,
        }
    }

    /// The ports at which something holds.
    fn open(&self, holds: impl Fn(&ClassVerdicts) -> bool) -> Openness {
        let open: Vec<bool> = self.verdicts.iter().map(|(_, verdicts)| holds(verdicts)).collect();
        if open.iter().all(|open| *open) {
            return Openness::Everything;
        }
        let mut ranges: Vec<(Protocol, u16, u16)> = Vec::new();
        for (at, (port, _)) in self.verdicts.iter().enumerate().filter(|(at, _)| open[*at]) {
            let next = self.verdicts.get(at + 1).filter(|(next, _)| next.protocol == port.protocol);
            let last = next.map_or(u16::MAX, |(next, _)| next.first - 1);
            let first = port.first.max(1);
            match ranges.last_mut() {
                Some((protocol, _, end)) if *protocol == port.protocol && *end + 1 == first => *end = last,
                _ if first <= last => ranges.push((port.protocol, first, last)),
                _ => {}
            }
        }
        if ranges.is_empty() { Openness::Nothing } else { Openness::Ports(ranges.into_iter().map(range).collect()) }
    }
}

fn range((protocol, first, last): (Protocol, u16, u16)) -> String {
    if first == last { format!("{first}/{protocol}") } else { format!("{first}-{last}/{protocol}") }
}
