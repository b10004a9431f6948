//! The asynchronous runtimes: many threads for a server, one for a command that asks a server.

use std::future::Future;

use anyhow::{Context as _, Result};
use tokio::runtime::{Builder, Runtime};

/// A runtime that uses every core.
pub(crate) fn for_servers() -> Result<Runtime> {
    Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")
}

/// Runs one conversation to its end, on this thread.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    Builder::new_current_thread().enable_all().build().context("cannot start the runtime")?.block_on(work)
}

/// Ends when the process is asked to end: Ctrl-C, or SIGTERM from a supervisor.
pub(crate) async fn told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a handler the signal itself ends the process.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
