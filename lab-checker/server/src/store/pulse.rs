//! Whether a database on another machine answers at all, asked beside the connections that may be waiting for it.

use std::time::{Duration, Instant};

use sqlx::{AnyConnection, Connection, any::AnyConnectOptions};
use tokio::{sync::Mutex, time::timeout};

/// How long it may take to answer, and to connect where that is needed.
const PATIENCE: Duration = Duration::from_millis(1_100);
/// This long one answer is as good as the next.
const FRESH: Duration = Duration::from_millis(250);
/// PostgreSQL's words for: there are too many connections. Whoever says so is there.
const TOO_MANY: &str = "53300";

/// Feels whether the database is there. Whoever asks meanwhile waits for the same answer.
#[derive(Debug)]
pub(super) struct Pulse {
    options: AnyConnectOptions,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// A connection that has answered, kept for the next time.
    connection: Option<AnyConnection>,
    last: Option<(Instant, bool)>,
}

impl Pulse {
    pub(super) fn of(options: AnyConnectOptions) -> Self {
        Self { options, state: Mutex::default() }
    }

    pub(super) async fn is_felt(&self) -> bool {
        let mut state = self.state.lock().await;
        if let Some((at, felt)) = state.last
            && at.elapsed() < FRESH
        {
            return felt;
        }
        let kept = state.connection.take();
        let felt = match timeout(PATIENCE, self.ask(kept)).await {
            Ok(Ok(connection)) => {
                state.connection = Some(connection);
                true
            }
            Ok(Err(error)) => {
                error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == TOO_MANY)
            }
            Err(_) => false,
        };
        state.last = Some((Instant::now(), felt));
        felt
    }

    /// Asks over the connection that was kept; over another when there is none, or it is one no more.
    async fn ask(&self, kept: Option<AnyConnection>) -> Result<AnyConnection, sqlx::Error> {
        if let Some(mut connection) = kept
            && connection.ping().await.is_ok()
        {
            return Ok(connection);
        }
        let mut connection = AnyConnection::connect_with(&self.options).await?;
        connection.ping().await?;
        Ok(connection)
    }
}
