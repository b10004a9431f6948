//! The result of a comparison: what two snapshots differ in, class by class.

use std::fmt;

use super::universe::OutsideAddress;
use super::words::PortStretch;
use crate::model::{Destination, Endpoint, Flow, ObjectName, PortRef, Protocol, Stranger, Verdict};

/// All that two snapshots differ in.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// The ends of the differing flows.
    pub endpoints: Vec<EndpointClass>,
    /// What differs. Empty: the two allow the same flows, with what [`Comparison::limits`] says.
    pub differences: Vec<ClassDifference>,
    /// Differences beyond those that are listed.
    pub more: usize,
    /// How many flows between classes were compared.
    pub compared: u64,
    /// Where not everything was looked at, in sentences. Mostly empty.
    pub limits: Vec<String>,
}

/// Endpoints that neither snapshot tells apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointClass {
    /// Pods that are there.
    pub pods: Vec<ObjectName>,
    /// Pods that could be there.
    pub strangers: Vec<Stranger>,
    /// Addresses outside of the cluster.
    pub addresses: Vec<OutsideAddress>,
}

/// Flows of one kind that one of the snapshots allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassDifference {
    /// Where they come from, by index of [`Comparison::endpoints`].
    pub from: usize,
    /// Where they go to.
    pub to: usize,
    /// At which ports.
    pub ports: Vec<PortStretch>,
    /// What the first snapshot says; the second says the opposite.
    pub first: Verdict,
}

impl Comparison {
    /// Whether both allow the same flows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.differences.is_empty() && self.more == 0
    }

    /// The flows of a difference, one for each pair of endpoints that stands for others, at each stretch's first
    /// port: those between pods that are there come first.
    pub fn flows<'a>(&'a self, difference: &'a ClassDifference) -> impl Iterator<Item = Flow> + 'a {
        let (from, to) = (&self.endpoints[difference.from], &self.endpoints[difference.to]);
        let ends = from.ends().flat_map(move |from| to.ends().map(move |to| (from.clone(), to)));
        // A pod cannot block access to itself; two strangers of one kind are two pods.
        let ends = ends.filter(|(from, to)| from != to || is_stranger(from));
        ends.flat_map(move |(from, to)| {
            difference.ports.iter().map(move |ports| Flow {
                from: from.clone(),
                to: Destination { endpoint: to.clone(), port: PortRef::Number(ports.first), protocol: ports.protocol },
            })
        })
    }
}

fn is_stranger(endpoint: &Endpoint) -> bool {
    matches!(endpoint, Endpoint::Pod(name) if Stranger::of_name(name).is_some())
}

impl EndpointClass {
    /// Its members, those that are there first.
    pub fn ends(&self) -> impl Iterator<Item = Endpoint> + '_ {
        let pods = self.pods.iter().cloned().map(Endpoint::Pod);
        let strangers = self.strangers.iter().map(|stranger| Endpoint::Pod(stranger.name()));
        pods.chain(strangers).chain(self.addresses.iter().map(|address| Endpoint::Address(address.example)))
    }
}

/// `80/TCP`, `81-65535/TCP`, or `TCP` for all ports.
impl fmt::Display for PortStretch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { protocol, first, last } = self;
        match (first, last) {
            (1, &u16::MAX) => write!(f, "{protocol}"),
            (first, last) if first == last => write!(f, "{first}/{protocol}"),
            (first, last) => write!(f, "{first}-{last}/{protocol}"),
        }
    }
}

/// Stretches as they are read: neighbours together, `TCP 1–79 and 81–65535`.
#[must_use]
pub fn port_stretches_in_words(ports: &[PortStretch]) -> String {
    let mut told = Vec::new();
    for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Sctp] {
        let mut ranges: Vec<(u16, u16)> = Vec::new();
        let mut own: Vec<_> = ports.iter().filter(|stretch| stretch.protocol == protocol).collect();
        own.sort();
        for stretch in own {
            match ranges.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(stretch.first) => *last = stretch.last,
                _ => ranges.push((stretch.first, stretch.last)),
            }
        }
        let range = |(first, last): &(u16, u16)| match first == last {
            true => first.to_string(),
            false => format!("{first}–{last}"),
        };
        match ranges.as_slice() {
            [] => {}
            [(1, u16::MAX)] => told.push(format!("every {protocol} port")),
            ranges => {
                let ranges: Vec<String> = ranges.iter().map(range).collect();
                told.push(format!("{protocol} {}", crate::model::phrases::all_of(&ranges)));
            }
        }
    }
    crate::model::phrases::all_of(&told)
}

/// `11.0.0.0/8`, `10.0.0.0/8 without 10.244.0.0/16`, or `every other IPv4 address`.
impl fmt::Display for OutsideAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = if self.example.is_ipv4() { "IPv4" } else { "IPv6" };
        match (self.block, self.without.as_slice()) {
            (Some(block), []) => write!(f, "{block}"),
            (None, []) => write!(f, "every {family} address"),
            (block, without) => {
                match block {
                    Some(block) => write!(f, "{block}")?,
                    None => write!(f, "every {family} address")?,
                }
                let without: Vec<String> = without.iter().map(ToString::to_string).collect();
                write!(f, " outside of {}", crate::model::phrases::all_of(&without))
            }
        }
    }
}
