//! Who sends a request, as far as the socket tells.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};

/// The address a request comes from; unknown in tests, which have no socket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller(pub(crate) IpAddr);

impl Caller {
    pub(super) fn of(parts: &Parts) -> Self {
        let socket = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Self(socket.map_or(IpAddr::from([127, 0, 0, 1]), |info| info.0.ip()))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}
