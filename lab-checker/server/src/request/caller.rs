//! Who sends a request, as far as the socket and the proxies that are believed tell.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request},
    http::{Extensions, request::Parts},
};

use crate::app::{App, proxies::Way};

/// The way that a request has come, as the socket and the proxies that are believed tell.
pub(crate) fn find_way(app: &App, request: &Request) -> Way {
    // Tests have no socket.
    let socket = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = socket.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip());
    app.addresses.proxies.way(peer, request.headers())
}

/// Whom the limits know: an address, or of IPv6 the network that one household or school has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller(pub(crate) IpAddr);

impl Caller {
    pub(super) fn of(parts: &Parts) -> Self {
        Self::at(way(&parts.extensions).client)
    }

    fn at(address: IpAddr) -> Self {
        Self(match address {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
            IpAddr::V4(_) => address,
        })
    }
}

/// The way of a request, as it was found out when it came.
pub(crate) fn way(extensions: &Extensions) -> Way {
    extensions.get::<Way>().cloned().unwrap_or_else(Way::unknown)
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_a_network_of_addresses_is_one_caller() {
        let caller = |address: &str| Caller::at(address.parse().unwrap()).0.to_string();
        assert_eq!(caller("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(caller("2001:db8:1:2::9"), "2001:db8:1:2::");
        assert_eq!(caller("198.51.100.7"), "198.51.100.7");
    }
}
