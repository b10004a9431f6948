//! Who talks to whom: endpoints and flows, and how people write them.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::object_name::ObjectName;
use super::parse_error::ParseEndpointError;
use super::port::{PortRef, Protocol};
use super::stranger::Stranger;

/// One end of a flow. Written `namespace/pod`, `svc:namespace/name`, or an IP address; a pod that is not there
/// as a [`Stranger`] is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Endpoint {
    /// A pod.
    Pod(ObjectName),
    /// A Service; only ever a destination.
    Service(ObjectName),
    /// An address, outside the cluster or not.
    Address(IpAddr),
}

/// Where a flow goes. Written `ENDPOINT:PORT[/PROTOCOL]`, TCP when left out; an IPv6 address stands
/// in brackets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Destination {
    /// The pod, Service or address.
    pub endpoint: Endpoint,
    /// The port there; of a Service, its own port.
    pub port: PortRef,
    /// The protocol.
    pub protocol: Protocol,
}

/// One attempt to connect.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flow {
    /// Who connects: a pod or an address.
    pub from: Endpoint,
    /// Where to.
    pub to: Destination,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pod(name) => name.fmt(f),
            Self::Service(name) => write!(f, "svc:{name}"),
            Self::Address(address) => address.fmt(f),
        }
    }
}

impl FromStr for Endpoint {
    type Err = ParseEndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        let named = match text.strip_prefix("svc:") {
            Some(service) => service.parse().map(Self::Service),
            None if text.contains('{') => return text.parse().map(|stranger: Stranger| Self::Pod(stranger.name())),
            None => text.parse().map(Self::Pod),
        };
        named.map_err(|_: ParseEndpointError| ParseEndpointError::Endpoint(text.to_owned()))
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.endpoint {
            Endpoint::Address(IpAddr::V6(address)) => write!(f, "[{address}]")?,
            endpoint => endpoint.fmt(f)?,
        }
        write!(f, ":{}/{}", self.port, self.protocol)
    }
}

impl FromStr for Destination {
    type Err = ParseEndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseEndpointError::Destination(text.to_owned());
        let (endpoint, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let (port, protocol) = match port.split_once('/') {
            Some((port, protocol)) => (port, protocol.parse()?),
            None => (port, Protocol::Tcp),
        };
        let endpoint = match endpoint.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(address) => Endpoint::Address(address.parse().map_err(|_| wrong())?),
            // `2001:db8::1:80` could be an address without a port; brackets leave no doubt.
            None if endpoint.contains(':') && !endpoint.starts_with("svc:") && !endpoint.contains('{') => {
                return Err(wrong());
            }
            None if endpoint.contains('{') => endpoint.parse()?,
            None => endpoint.parse().map_err(|_| wrong())?,
        };
        Ok(Self { endpoint, port: port.parse()?, protocol })
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} → {}", self.from, self.to)
    }
}
