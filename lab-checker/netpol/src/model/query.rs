//! What somebody asks of a reachability: which endpoints on either side, and which ports.

use std::net::IpAddr;
use std::str::FromStr;

use super::parse_error::ParseEndpointError;
use super::port::{PortRef, Protocol};
use super::selector::Selector;
use super::selector_text;
use super::snapshot::Pod;

/// The question behind a [`Reachability`](crate::Reachability). The default asks for all pods and each
/// destination pod's declared ports.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Sources; empty: all pods and all of `external`. An address here is one more source.
    pub from: Vec<EndpointPattern>,
    /// Destinations; empty: all pods and all of `external`. An address here is one more destination.
    pub to: Vec<EndpointPattern>,
    /// Ports; empty: each destination pod's declared ports. Addresses are asked for every port that is
    /// asked for or declared by any pod.
    pub ports: Vec<PortQuery>,
    /// External addresses that are sources and destinations beside the pods. Flows between two of them
    /// are left out.
    pub external: Vec<IpAddr>,
}

/// Picks endpoints. Written `*`, `namespace/pod` with `*` as a wildcard in either part, an IP address,
/// or labels such as `app=web,tier!=db`.
#[derive(Clone, Debug, PartialEq)]
pub enum EndpointPattern {
    /// Pods by namespace and name, `*` standing for any text.
    Name {
        /// Pattern of the namespace.
        namespace: String,
        /// Pattern of the pod's name.
        name: String,
    },
    /// Pods by their labels, in any namespace.
    Labels(Selector),
    /// An address.
    Address(IpAddr),
}

/// Ports that are asked for. Written `80`, `80/TCP`, `8000-8100/TCP`, `http` or `http/TCP`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortQuery {
    /// Every number of a range.
    Range {
        /// First port.
        from: u16,
        /// Last port.
        to: u16,
        /// The protocol.
        protocol: Protocol,
    },
    /// What each destination pod declares under this name; nothing on pods that do not have it.
    Named {
        /// The name.
        name: String,
        /// The protocol; any when left out.
        protocol: Option<Protocol>,
    },
}

impl EndpointPattern {
    /// The address that it names, if it does.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(*address),
            Self::Name { .. } | Self::Labels(_) => None,
        }
    }

    /// Whether it picks this pod.
    #[must_use]
    pub fn matches(&self, pod: &Pod) -> bool {
        match self {
            Self::Name { namespace, name } => glob(namespace, &pod.namespace) && glob(name, &pod.name),
            Self::Labels(selector) => selector.matches(&pod.labels),
            Self::Address(address) => !pod.host_network && !pod.assumed && pod.addresses.contains(address),
        }
    }
}

/// Whether `text` has the shape of `pattern`, where `*` stands for any text.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(head) else { return false };
    if rest.is_empty() {
        return true;
    }
    (0..=text.len()).filter(|&start| text.is_char_boundary(start)).any(|start| glob(rest, &text[start..]))
}

impl FromStr for EndpointPattern {
    type Err = ParseEndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseEndpointError::Pattern(text.to_owned());
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        if text == "*" {
            return Ok(Self::Name { namespace: "*".to_owned(), name: "*".to_owned() });
        }
        if text.contains(['=', '!', '(']) {
            return selector_text::parse(text).map(Self::Labels).ok_or_else(wrong);
        }
        let legal =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.*".contains(&b));
        match text.split_once('/') {
            Some((namespace, name)) if legal(namespace) && legal(name) => {
                Ok(Self::Name { namespace: namespace.to_owned(), name: name.to_owned() })
            }
            _ => Err(wrong()),
        }
    }
}

impl FromStr for PortQuery {
    type Err = ParseEndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseEndpointError::Ports(text.to_owned());
        let (port, protocol) = match text.split_once('/') {
            Some((port, protocol)) => (port, Some(protocol.parse()?)),
            None => (text, None),
        };
        let number = |text: &str| text.parse::<u16>().ok().filter(|&number| number > 0);
        if let Some(number) = number(port) {
            return Ok(Self::Range { from: number, to: number, protocol: protocol.unwrap_or(Protocol::Tcp) });
        }
        if let Some((from, to)) = port.split_once('-')
            && let (Some(from), Some(to)) = (number(from), number(to))
        {
            return if from <= to {
                Ok(Self::Range { from, to, protocol: protocol.unwrap_or(Protocol::Tcp) })
            } else {
                Err(wrong())
            };
        }
        match port.parse() {
            Ok(PortRef::Name(name)) => Ok(Self::Named { name, protocol }),
            _ => Err(wrong()),
        }
    }
}

impl Query {
    /// All pods at one port.
    #[must_use]
    pub fn port(number: u16, protocol: Protocol) -> Self {
        Self { ports: vec![PortQuery::Range { from: number, to: number, protocol }], ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::selector::Labels;

    #[test]
    fn patterns_pick_pods_by_name_label_or_address() {
        let pod = Pod {
            namespace: "shop".into(),
            name: "web-1".into(),
            labels: Labels::from([("app".into(), "web".into())]),
            addresses: vec!["10.0.0.1".parse().unwrap()],
            ..Pod::default()
        };
        let picks = |text: &str| text.parse::<EndpointPattern>().unwrap().matches(&pod);
        for text in
            ["*", "shop/*", "*/web-1", "sh*/w*-1", "shop/web-1", "app=web", "app,!db", "app in (web,api)", "10.0.0.1"]
        {
            assert!(picks(text), "{text}");
        }
        for text in ["shop/web", "dev/*", "app!=web", "app=api", "10.0.0.2"] {
            assert!(!picks(text), "{text}");
        }
        assert!("shop".parse::<EndpointPattern>().is_err());
        assert!("a/b/c".parse::<EndpointPattern>().is_err());
    }

    #[test]
    fn ports_are_numbers_ranges_or_names() {
        let range = |from, to, protocol| Ok(PortQuery::Range { from, to, protocol });
        assert_eq!("80".parse(), range(80, 80, Protocol::Tcp));
        assert_eq!("53/UDP".parse(), range(53, 53, Protocol::Udp));
        assert_eq!("8000-8100/sctp".parse(), range(8000, 8100, Protocol::Sctp));
        assert_eq!("http".parse(), Ok(PortQuery::Named { name: "http".into(), protocol: None }));
        for wrong in ["0", "65536", "90-80", "80/ICMP", "", "Http", "-"] {
            assert!(wrong.parse::<PortQuery>().is_err(), "{wrong}");
        }
    }
}
