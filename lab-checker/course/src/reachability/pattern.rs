//! Patterns: how lab files and claims pick endpoints and flows.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use netpol::Protocol;

use super::flow_set::{CellKey, EndpointKind, NamedEndpoint};

/// Picks endpoints of a lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// `*`: every endpoint.
    All,
    /// `namespace/pod`, `namespace/*` or `*/*`; `None` stands for `*`.
    Pods { namespace: Option<String>, name: Option<String> },
    /// `kube-dns`.
    Dns,
    /// `external`: every address.
    External,
    /// One address.
    Address(IpAddr),
}

/// Picks destinations: endpoints and, perhaps, one port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DestinationPattern {
    pub(crate) endpoint: Pattern,
    pub(crate) port: Option<(u16, Protocol)>,
}

/// Picks flows: `FROM -> TO[:PORT[/PROTOCOL]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FlowPattern {
    pub(crate) from: Pattern,
    pub(crate) to: DestinationPattern,
}

/// Text that is not a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PatternError {
    #[error("`{0}` picks no endpoints: write namespace/pod, namespace/*, */*, *, kube-dns, external or an address")]
    Endpoint(String),
    #[error("`{0}` is not a port: write 8080, 8080/TCP or 53/UDP")]
    Port(String),
    #[error("`{0}` is not a flow: write FROM -> TO or FROM -> TO:PORT")]
    Flow(String),
}

impl Pattern {
    /// Whether it picks this endpoint.
    pub(crate) fn matches(&self, endpoint: &NamedEndpoint) -> bool {
        match (self, &endpoint.kind) {
            (Self::All, _) | (Self::Dns, EndpointKind::Dns) | (Self::External, EndpointKind::Address(_)) => true,
            (Self::Address(wanted), EndpointKind::Address(address)) => wanted == address,
            (Self::Pods { namespace, name }, EndpointKind::Pod(pod)) => {
                namespace.as_ref().is_none_or(|namespace| *namespace == pod.namespace)
                    && name.as_ref().is_none_or(|name| *name == pod.name)
            }
            _ => false,
        }
    }
}

impl DestinationPattern {
    /// Whether it picks this cell, whose destination is this endpoint.
    pub(crate) fn matches(&self, to: &NamedEndpoint, cell: &CellKey) -> bool {
        self.endpoint.matches(to) && self.port.is_none_or(|port| port == cell.port)
    }
}

impl FlowPattern {
    /// Whether it is about the DNS pods.
    pub(crate) fn names_dns(&self) -> bool {
        self.from == Pattern::Dns || self.to.endpoint == Pattern::Dns
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let wrong = || PatternError::Endpoint(text.to_owned());
        let part = |part: &str| match part {
            "*" => Ok(None),
            part if crate::files::is_object_name(part) => Ok(Some(part.to_owned())),
            _ => Err(wrong()),
        };
        match text {
            "*" => Ok(Self::All),
            "kube-dns" => Ok(Self::Dns),
            "external" => Ok(Self::External),
            _ => match text.split_once('/') {
                Some((namespace, name)) => Ok(Self::Pods { namespace: part(namespace)?, name: part(name)? }),
                None => unbracketed(text).parse().map(Self::Address).map_err(|_| wrong()),
            },
        }
    }
}

impl FromStr for DestinationPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        // An IPv6 address without brackets has colons and no port.
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self { endpoint: Pattern::Address(address), port: None });
        }
        match text.rsplit_once(':') {
            Some((endpoint, port)) if !port.contains(']') => {
                Ok(Self { endpoint: endpoint.parse()?, port: Some(parse_port(port)?) })
            }
            _ => Ok(Self { endpoint: text.parse()?, port: None }),
        }
    }
}

impl FromStr for FlowPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let (from, to) = text
            .split_once("->")
            .or_else(|| text.split_once('→'))
            .ok_or_else(|| PatternError::Flow(text.to_owned()))?;
        Ok(Self { from: from.trim().parse()?, to: to.trim().parse()? })
    }
}

/// `8080`, `8080/TCP`, `53/UDP`.
pub(crate) fn parse_port(text: &str) -> Result<(u16, Protocol), PatternError> {
    let wrong = || PatternError::Port(text.to_owned());
    let (number, protocol) = match text.split_once('/') {
        Some((number, protocol)) => (number, protocol.parse().map_err(|_| wrong())?),
        None => (text, Protocol::Tcp),
    };
    match number.parse() {
        Ok(number) if number > 0 => Ok((number, protocol)),
        _ => Err(wrong()),
    }
}

/// An address without the brackets that IPv6 needs before a port.
pub(crate) fn unbracketed(text: &str) -> &str {
    text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text)
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |part: &Option<String>| part.clone().unwrap_or_else(|| "*".to_owned());
        match self {
            Self::All => f.write_str("*"),
            Self::Dns => f.write_str("kube-dns"),
            Self::External => f.write_str("external"),
            Self::Address(address) => address.fmt(f),
            Self::Pods { namespace, name } => write!(f, "{}/{}", part(namespace), part(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    //! How patterns are written.

    use super::*;

    fn destination(text: &str) -> Result<(String, Option<u16>), PatternError> {
        let pattern: DestinationPattern = text.parse()?;
        Ok((pattern.endpoint.to_string(), pattern.port.map(|(number, _)| number)))
    }

    #[test]
    fn destinations() {
        let ok = |text: &str, endpoint: &str, port| assert_eq!(destination(text), Ok((endpoint.to_owned(), port)));
        ok("shop/api", "shop/api", None);
        ok("shop/api:8080", "shop/api", Some(8080));
        ok("shop/*:53/UDP", "shop/*", Some(53));
        ok("*", "*", None);
        ok("*:80", "*", Some(80));
        ok("kube-dns:53/UDP", "kube-dns", Some(53));
        ok("203.0.113.10:443", "203.0.113.10", Some(443));
        ok("2001:db8::1", "2001:db8::1", None);
        ok("[2001:db8::1]:80", "2001:db8::1", Some(80));
        for wrong in ["", "shop", "Shop/api", "shop/api:0", "shop/api:http", "shop/api/x", "../api", "shop/we*"] {
            assert!(destination(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn flows() {
        let flow: FlowPattern = "shop/web -> shop/api:8080".parse().unwrap();
        assert_eq!(flow.from.to_string(), "shop/web");
        assert_eq!(flow.to.port, Some((8080, Protocol::Tcp)));
        assert!("shop/web shop/api".parse::<FlowPattern>().is_err());
    }
}
