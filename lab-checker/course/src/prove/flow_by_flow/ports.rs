//! Ports of policies, and the concrete ports at which flows are tried.

use std::collections::BTreeSet;

use serde_json::Value;

/// The protocols, in the order in which flows are tried.
pub(super) const PROTOCOLS: [Protocol; 3] = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];

/// A transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Protocol {
    Tcp,
    Udp,
    Sctp,
}

/// One concrete port.
pub(crate) type Port = (u16, Protocol);

/// What one item of `ports` or `protocols` stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PortItem {
    /// Any when it is not there.
    pub(super) protocol: Option<Protocol>,
    pub(super) numbers: Numbers,
}

/// Which numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// From the first to the last, both included.
    Range(u16, u16),
    /// Those that the destination pod calls by this name.
    Named(String),
}

impl Protocol {
    /// TCP when there is none.
    pub(super) fn read(value: &Value) -> Self {
        match value.as_str() {
            Some("UDP") => Self::Udp,
            Some("SCTP") => Self::Sctp,
            _ => Self::Tcp,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
        }
    }
}

impl PortItem {
    /// An item of `ports` of a NetworkPolicy.
    pub(super) fn of_policy(item: &Value) -> Self {
        let number = |field: &str| item[field].as_u64().and_then(|number| u16::try_from(number).ok());
        let numbers = match (item["port"].as_str(), number("port")) {
            (Some(name), _) => Numbers::Named(name.to_owned()),
            (None, Some(first)) => Numbers::Range(first, number("endPort").unwrap_or(first)),
            (None, None) => Numbers::Range(1, u16::MAX),
        };
        Self { protocol: Some(Protocol::read(&item["protocol"])), numbers }
    }

    /// An item of `protocols` of a ClusterNetworkPolicy.
    pub(super) fn of_cluster_policy(item: &Value) -> Self {
        if let Some(name) = item["destinationNamedPort"].as_str() {
            return Self { protocol: None, numbers: Numbers::Named(name.to_owned()) };
        }
        let (field, protocol) = [("udp", Protocol::Udp), ("sctp", Protocol::Sctp)]
            .into_iter()
            .find(|(field, _)| !item[*field].is_null())
            .unwrap_or(("tcp", Protocol::Tcp));
        let port = &item[field]["destinationPort"];
        let number = |value: &Value| value.as_u64().and_then(|number| u16::try_from(number).ok());
        let range = (number(&port["range"]["start"]), number(&port["range"]["end"]));
        let numbers = match (number(&port["number"]), range) {
            (Some(number), _) => Numbers::Range(number, number),
            (None, (Some(first), Some(last))) => Numbers::Range(first, last),
            _ => Numbers::Range(1, u16::MAX),
        };
        Self { protocol: Some(protocol), numbers }
    }

    /// Whether it stands for this port whatever the destination is.
    pub(super) fn has_number(&self, (number, protocol): Port) -> bool {
        let Numbers::Range(first, last) = self.numbers else { return false };
        self.protocol.is_none_or(|own| own == protocol) && (first..=last).contains(&number)
    }
}

/// The ports to try: the edges of every range and the numbers of names, each with its neighbours, the ends of the
/// whole range, and one that nothing mentions; at every protocol.
pub(super) fn to_try<'a>(items: impl Iterator<Item = &'a PortItem>, named: impl Iterator<Item = u16>) -> Vec<Port> {
    let mut numbers = BTreeSet::from([1, u16::MAX]);
    let mut edge = |number: u16| numbers.extend([number.saturating_sub(1).max(1), number, number.saturating_add(1)]);
    for item in items {
        if let Numbers::Range(first, last) = item.numbers {
            edge(first);
            edge(last);
        }
    }
    named.for_each(&mut edge);
    let unmentioned = (40_000..=u16::MAX).find(|number| !numbers.contains(number));
    numbers.extend(unmentioned);
    PROTOCOLS.iter().flat_map(|protocol| numbers.iter().map(|number| (*number, *protocol))).collect()
}
