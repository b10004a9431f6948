//! Serving a socket to clients that may be slow, silent or many.
//!
//! A connection that keeps us waiting is ended after a while, whatever it owes us: a request, the rest of one,
//! or reading its answer. When there are as many connections as this process can hold, the one that has kept us
//! waiting the longest makes room for the next, and so it is among those of one address, which has half of them at
//! most. Connections that are being answered (a watch, a stream of events, a terminal) are never ended for being quiet.
//!
//! Clients also vanish without a word. The system asks on every connection whether there is still somebody; a client
//! of exec, attach or a terminal is pinged besides, because a proxy may stand in its place.

mod body;
pub(crate) mod certificates;
mod client;
mod descriptors;
mod door;
mod stream;
mod vanished;

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    extract::{ConnectInfo, Request},
    http::StatusCode,
    response::Response,
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{self, MissedTickBehavior},
};
use tower::ServiceExt;

use client::{Client, Clients};
use door::Line;

pub use client::Patience;
pub(crate) use door::Door;

/// However many descriptors there are: each connection takes memory too.
const MOST: usize = 4096;
/// Descriptors that are not for connections: databases, the listener, the runtime.
const RESERVED: u64 = 96;
/// A process with hardly any descriptors serves a few clients all the same.
const FEWEST: usize = 8;
/// The longest head of a request, and what is held of an answer that is not read.
const BUFFER: usize = 128 << 10;
/// How many new connections wait in the system to be accepted, if it lets them: a class comes at once.
const QUEUE: u32 = 4096;
/// After a failure to accept that is not the client's.
const PAUSE: Duration = Duration::from_millis(500);

/// What one socket serves at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many connections at once.
    pub connections: usize,
    /// How long a client may keep us waiting.
    pub patience: Patience,
}

impl Limits {
    /// What this process can bear, after its limit of descriptors was raised as far as it may.
    #[must_use]
    pub fn of_this_process() -> Self {
        let descriptors = descriptors::raised().unwrap_or(u64::MAX);
        let free = usize::try_from(descriptors.saturating_sub(RESERVED)).unwrap_or(MOST);
        Self { connections: free.clamp(FEWEST, MOST), patience: Patience::default() }
    }

    /// How many connections one address has at most: a class may come from one, and leaves room for another.
    fn of_one_address(&self) -> usize {
        (self.connections / 2).max(1)
    }
}

/// Listens for connections that [`serve`] takes.
///
/// # Errors
/// When somebody else listens there, or we may not.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A server that starts again need not wait for the connections of the one before. (On Windows it would share.)
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(QUEUE)
}

/// Serves until `stop`, and then until the requests that are under way are answered. Dropping the future ends
/// every connection at once.
///
/// # Errors
/// Never by itself; a failure to accept is logged and tried again.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    serve_through(listener, Door::default(), router, limits, stop).await
}

/// The same through a door that may speak TLS and know proxies.
pub(crate) async fn serve_through(
    listener: TcpListener,
    door: Door,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let router = router.layer(Extension(limits.patience.pings()));
    let clients = Clients::default();
    let (stopping, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut sweep = time::interval(limits.patience.shortest() / 4);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept(), if clients.count() <= limits.connections => match accepted {
                Ok((stream, peer)) => {
                    vanished::notice(&stream, limits.patience);
                    let client = clients.add(door.owner(peer.ip()));
                    clients.keep_owner_to(&client, limits.of_one_address());
                    connections.spawn(welcome(door.clone(), stream, peer, client, router.clone(), stopped.clone()));
                }
                Err(error) if is_the_clients(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "a connection could not be accepted");
                    clients.end_longest_waiting();
                    time::sleep(PAUSE).await;
                }
            },
            _ = sweep.tick() => clients.end_overdue(limits.patience),
            () = clients.changed() => {}
            Some(_) = connections.join_next() => {}
        }
        clients.keep_to(limits.connections);
    }
    drop(listener);
    stopping.send_replace(true);
    while connections.join_next().await.is_some() {}
    Ok(())
}

/// One connection, from its beginning to its end.
async fn welcome(
    door: Door,
    stream: TcpStream,
    peer: SocketAddr,
    client: Arc<Client>,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    let line = tokio::select! {
        line = door.open(stream, Arc::clone(&client)) => line,
        () = client.told_to_end() => None,
        _ = stopped.wait_for(|stopped| *stopped) => None,
    };
    if let Some((line, router)) = line.map(|line| door.behind(line, router)) {
        converse(line, peer, client, router, stopped).await;
    }
}

/// One connection, from its first request to its end.
async fn converse(
    line: Line,
    peer: SocketAddr,
    client: Arc<Client>,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    let answering = service_fn({
        let client = Arc::clone(&client);
        move |request| answer(router.clone(), Arc::clone(&client), peer, request)
    });
    let connection = http1::Builder::new()
        // Waiting is watched here, for heads, bodies and answers alike.
        .header_read_timeout(None)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(line), answering)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let stopping = async {
        // Whoever could tell to stop and is gone has stopped.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    tokio::select! {
        // What a client does wrong is its own business; what we do wrong was logged where it happened.
        _ = &mut connection => {}
        () = client.told_to_end() => {}
        () = stopping => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                _ = connection => {}
                () = client.told_to_end() => {}
            }
        }
    }
}

async fn answer(
    router: Router,
    client: Arc<Client>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    client.asks();
    let mut request = request.map(|incoming| body::of_request(incoming, Arc::clone(&client)));
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = router.oneshot(request).await?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        client.is_past_requests();
        return Ok(response);
    }
    Ok(response.map(|answer| body::of_response(answer, client)))
}

fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
