//! What is open: which pods anybody can reach, from the cluster or from the internet, and which can
//! reach the internet themselves.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::classes::NO_CLASS;
use crate::compiled::Compiled;
use crate::matrix::Group;
use crate::table::Table;
use crate::vocabulary::PortClass;
use crate::{Direction, Engine, Protocol};

/// How open some pods are that behave alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exposure {
    /// The pods.
    pub pods: Group,
    /// At which of their ports every pod of the cluster can reach them.
    pub from_cluster: Openness,
    /// At which of their ports any address of the internet can.
    pub from_internet: Openness,
    /// At which ports they can reach any address of the internet.
    pub to_internet: Openness,
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

/// The exposure of all pods, by namespace; pods that behave alike are taken together.
#[must_use]
pub fn exposure(engine: &Engine) -> Vec<Exposure> {
    let compiled = engine.compiled();
    let tables: Vec<(PortClass, Table)> =
        port_classes(compiled).into_iter().map(|port| (port, Table::new(compiled, port))).collect();
    let mut groups: BTreeMap<(&str, u32), Group> = BTreeMap::new();
    for (pod, class) in engine.snapshot().pods.iter().zip(&compiled.classes.of_pod) {
        if *class == NO_CLASS {
            continue;
        }
        let new = || Group { namespace: Some(pod.namespace.clone()), name: pod.name.clone(), count: 0 };
        groups.entry((&pod.namespace, *class)).or_insert_with(new).count += 1;
    }
    let look = Look { compiled, tables: &tables };
    groups.into_iter().map(|((_, class), pods)| look.exposure(class, pods)).collect()
}

/// All classes of ports.
fn port_classes(compiled: &Compiled) -> Vec<PortClass> {
    let protocols = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
    let classes = protocols.into_iter().flat_map(|protocol| {
        compiled.words.port_starts[protocol as usize].iter().map(move |&first| PortClass { protocol, first })
    });
    classes.collect()
}

struct Look<'a> {
    compiled: &'a Compiled,
    tables: &'a [(PortClass, Table)],
}

impl Look<'_> {
    fn exposure(&self, class: u32, pods: Group) -> Exposure {
        // A pod to itself says nothing; one of several that are alike to another of them does.
        let selectable = |other: u32| {
            self.compiled.classes.list[other as usize].group.is_some() && (other != class || pods.count > 1)
        };
        // An address that no policy mentions stands for the internet.
        let elsewhere = |other: u32| {
            let other = &self.compiled.classes.list[other as usize];
            let mentioned = other.addresses.iter().flatten().any(|address| *address != 0);
            other.group.is_none() && other.node.is_none() && !mentioned
        };
        Exposure {
            from_cluster: self.open(|table| self.all(selectable, |other| table.allows(self.compiled, other, class))),
            from_internet: self.open(|table| self.all(elsewhere, |other| table.allows(self.compiled, other, class))),
            to_internet: self.open(|table| {
                let out = self.compiled.applying[Direction::Egress.slot()].of_class[class as usize];
                self.all(elsewhere, |other| table.row(0, Direction::Egress, out).contains(other as usize))
            }),
            pods,
        }
    }

    fn all(&self, counts: impl Fn(u32) -> bool, holds: impl Fn(u32) -> bool) -> bool {
        (0..self.compiled.classes.len() as u32).filter(|other| counts(*other)).all(holds)
    }

    /// The ports at which something holds.
    fn open(&self, holds: impl Fn(&Table) -> bool) -> Openness {
        let open: Vec<bool> = self.tables.iter().map(|(_, table)| holds(table)).collect();
        if open.iter().all(|open| *open) {
            return Openness::Everything;
        }
        let mut ranges: Vec<(Protocol, u16, u16)> = Vec::new();
        for (at, (port, _)) in self.tables.iter().enumerate().filter(|(at, _)| open[*at]) {
            let next = self.tables.get(at + 1).filter(|(next, _)| next.protocol == port.protocol);
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
