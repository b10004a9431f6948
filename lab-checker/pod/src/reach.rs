//! Names and connections as a C library and a kernel handle them: how long they wait, how they fail.

use std::net::IpAddr;
use std::time::Duration;

use netpol::Protocol;
use tokio::time::{Instant, sleep};

use crate::container::Container;
use crate::image::Libc;
use crate::network::{Answering, Lookup, Outcome};

/// How long a kernel tries to connect: six repetitions of the first packet.
pub(crate) const KERNEL_PATIENCE: Duration = Duration::from_secs(130);
/// How long a host in the pod network that does not answer ARP is looked for.
const ARP_PATIENCE: Duration = Duration::from_secs(3);

/// Why nothing was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The name has no address.
    Name(NameFailure),
    /// Nobody listens there.
    Refused(IpAddr),
    /// Nothing came back.
    TimedOut(IpAddr),
    /// There is no such address in the pod network.
    NoRoute(IpAddr),
}

/// Why a name has no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameFailure {
    /// The server says that there is none.
    Unknown,
    /// The server did not answer.
    NoAnswer,
}

impl Failure {
    /// The words of `strerror`.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Name(_) => "Name or service not known",
            Self::Refused(_) => "Connection refused",
            Self::TimedOut(_) => "Connection timed out",
            Self::NoRoute(_) => "No route to host",
        }
    }
}

/// A name that has an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host {
    /// The name in full.
    pub(crate) name: String,
    /// Its first address.
    pub(crate) address: IpAddr,
}

/// How long a resolver waits for a server that does not answer.
pub(crate) fn resolver_patience(container: &Container) -> Duration {
    match container.image.libc() {
        Libc::Gnu => Duration::from_secs(10),
        Libc::Musl => Duration::from_secs(5),
    }
}

/// Looks a name up as `getaddrinfo` does.
pub(crate) async fn look_up(container: &Container, host: &str) -> Result<Host, NameFailure> {
    let patience = resolver_patience(container);
    let found = lookup_within(patience, || container.network.current().resolve(&container.pod, host)).await;
    match found {
        Lookup::Found { name, addresses } => match addresses.first() {
            Some(address) => Ok(Host { name, address: *address }),
            None => Err(NameFailure::Unknown),
        },
        Lookup::NoSuchName => Err(NameFailure::Unknown),
        Lookup::NoServer | Lookup::ServerRefused => Err(NameFailure::NoAnswer),
    }
}

/// Asks until an answer comes or patience ends; the question is sent again half way.
pub(crate) async fn lookup_within(patience: Duration, ask: impl Fn() -> Lookup) -> Lookup {
    for _ in 0..2 {
        match ask() {
            Lookup::NoServer => sleep(patience / 2).await,
            answer => return answer,
        }
    }
    Lookup::NoServer
}

/// Connects to an address. A packet that was dropped is sent again, so that a policy that changes meanwhile
/// is felt.
pub(crate) async fn dial(
    container: &Container,
    to: IpAddr,
    port: u16,
    protocol: Protocol,
    patience: Option<Duration>,
) -> Result<Answering, Failure> {
    let deadline = Instant::now() + patience.unwrap_or(KERNEL_PATIENCE).min(KERNEL_PATIENCE);
    let mut pause = Duration::from_secs(1);
    loop {
        match container.network.current().connect(&container.pod, to, port, protocol) {
            Outcome::Open(answering) => return Ok(answering),
            Outcome::Refused => return Err(Failure::Refused(to)),
            Outcome::NoRoute => {
                sleep((deadline - Instant::now()).min(ARP_PATIENCE)).await;
                let given_up = Instant::now() >= deadline && patience.is_some_and(|patience| patience <= ARP_PATIENCE);
                return Err(if given_up { Failure::TimedOut(to) } else { Failure::NoRoute(to) });
            }
            Outcome::Dropped => {}
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Failure::TimedOut(to));
        }
        sleep(left.min(pause)).await;
        pause *= 2;
    }
}

/// Looks a name up and connects.
pub(crate) async fn by_name(
    container: &Container,
    host: &str,
    port: u16,
    protocol: Protocol,
    patience: Option<Duration>,
) -> Result<Answering, Failure> {
    let host = look_up(container, host).await.map_err(Failure::Name)?;
    dial(container, host.address, port, protocol, patience).await
}
