//! What a connection goes through before its first request: TLS where it is spoken, and whose it is.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use axum::{
    Router,
    extract::Request,
    http::{Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::either::Either;

use super::{client::Client, stream::Watched};
use crate::TrustedProxy;

/// What begins a conversation in TLS.
const HANDSHAKE: u8 = 22;

/// The bytes of one connection, after TLS.
pub(super) type Line = Either<Watched, Box<TlsStream<Watched>>>;

/// How a server lets connections in.
#[derive(Clone, Default)]
pub(crate) struct Door {
    /// Speaks TLS, when the server does.
    pub(crate) tls: Option<TlsAcceptor>,
    /// Addresses that many clients come from.
    pub(crate) proxies: Vec<TrustedProxy>,
}

impl Door {
    /// Whose connection it is that comes from this address: of IPv6, the network is one's, and not each address. A
    /// proxy's connections are nobody's.
    pub(super) fn owner(&self, address: IpAddr) -> Option<IpAddr> {
        if self.proxies.iter().any(|proxy| proxy.is(address)) {
            return None;
        }
        Some(match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
            address => address,
        })
    }

    /// The connection when its first request can come; nothing when it does not come so far.
    pub(super) async fn open(&self, stream: TcpStream, client: Arc<Client>) -> Option<Line> {
        let stream = Watched::new(stream, client);
        let Some(tls) = &self.tls else { return Some(Either::Left(stream)) };
        let mut first = [0];
        match stream.peek(&mut first).await {
            Ok(1..) if first[0] == HANDSHAKE => {}
            // Plain HTTP, most likely from somebody who has left out a letter.
            Ok(1..) => return Some(Either::Left(stream)),
            _ => return None,
        }
        tls.accept(stream).await.ok().map(|stream| Either::Right(Box::new(stream)))
    }

    /// What answers on this line: who should have come by TLS is told so.
    pub(super) fn behind(&self, line: Line, router: Router) -> (Line, Router) {
        match (&line, &self.tls) {
            (Either::Left(_), Some(_)) => (line, Router::new().fallback(by_tls)),
            _ => (line, router),
        }
    }
}

/// Answers plain HTTP where TLS is spoken. Nothing of the request is looked at but what leads to the right address.
async fn by_tls(request: Request) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let there = host.and_then(|host| Uri::builder().scheme("https").authority(host).path_and_query(path).build().ok());
    const TOLD: &str = "this server speaks TLS: its address begins with https://\n";
    match there {
        Some(there) if matches!(*request.method(), Method::GET | Method::HEAD) => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, there.to_string())], TOLD).into_response()
        }
        _ => (StatusCode::BAD_REQUEST, TOLD).into_response(),
    }
}
