//! Clients that vanish without a word: asleep, out of the network, without power. Only the system can tell.

use tokio::net::TcpStream;

use super::client::Patience;

/// Has the system end the connection when for too long nothing comes back from the other end: no answer to its probes,
/// no receipt for what was sent.
#[cfg(any(target_os = "linux", target_os = "macos"))]
pub(super) fn notice(stream: &TcpStream, patience: Patience) {
    if let Err(error) = probed(stream, patience) {
        tracing::debug!(%error, "a client that vanishes will not be noticed");
    }
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn probed(stream: &TcpStream, patience: Patience) -> rustix::io::Result<()> {
    use std::time::Duration;

    use rustix::net::sockopt;
    /// How many probes may stay without an answer.
    const PROBES: u32 = 3;
    let (most, second) = (patience.silence, Duration::from_secs(1));
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, (most / 2).max(second))?;
    sockopt::set_tcp_keepintvl(stream, (most / (2 * PROBES)).max(second))?;
    sockopt::set_tcp_keepcnt(stream, PROBES)?;
    #[cfg(target_os = "linux")]
    sockopt::set_tcp_user_timeout(stream, u32::try_from(most.as_millis()).unwrap_or(u32::MAX))?;
    Ok(())
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(super) fn notice(_: &TcpStream, _: Patience) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::time::Duration;

    use rustix::net::sockopt;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn the_system_asks_whether_there_is_still_somebody() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let patience = Patience::default();
        notice(&stream, patience);
        assert!(sockopt::socket_keepalive(&stream).unwrap());
        let probes = sockopt::tcp_keepintvl(&stream).unwrap() * sockopt::tcp_keepcnt(&stream).unwrap();
        assert_eq!(sockopt::tcp_keepidle(&stream).unwrap() + probes, patience.silence);
        let receipt = Duration::from_millis(sockopt::tcp_user_timeout(&stream).unwrap().into());
        assert_eq!(receipt, patience.silence);
    }
}
