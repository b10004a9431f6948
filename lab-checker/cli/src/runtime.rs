//! The asynchronous runtimes: many threads for a server, one for a command that asks a server.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::runtime::Builder;

/// What still runs when a server has ended is given so long to come to a point where it can be dropped.
const LAST_MOMENT: Duration = Duration::from_secs(1);

/// Runs a server to its end, on every core.
pub(crate) fn serve<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    let result = runtime.block_on(work);
    runtime.shutdown_timeout(LAST_MOMENT);
    result
}

/// Runs one conversation to its end, on this thread. Boxed: a runtime's loop is compiled once for each kind of result
/// then, not once for each conversation.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let work: Pin<Box<dyn Future<Output = Result<T>> + '_>> = Box::pin(work);
    Builder::new_current_thread().enable_all().build().context("cannot start the runtime")?.block_on(work)
}

/// Ends when the process is asked to end: Ctrl-C, or SIGTERM from a supervisor. A thread of its own listens, so that
/// the word arrives however busy the servers' threads are; it listens before this returns, so that nothing is begun that
/// a first word could leave half done. When nobody waits any more, the process ends as it would have without a listener.
pub(crate) fn told_to_stop() -> impl Future<Output = ()> {
    let (tell, told) = tokio::sync::oneshot::channel();
    let waiting = Waiting::begin();
    let (listen, listens) = std::sync::mpsc::channel();
    let listener = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Ok(runtime) = Builder::new_current_thread().enable_all().build() {
            let code = runtime.block_on(signalled(listen));
            if !tell.is_closed() {
                TOLD.store(true, Ordering::SeqCst);
                // Nobody may wait any more.
                let _ = tell.send(());
            } else if !Waiting::is_anybody() && !TOLD.load(Ordering::SeqCst) {
                // In this order: who was told stops waiting, and not before it stands there that somebody was.
                end(code);
            }
        }
    });
    // Without a listener the signal itself ends the process.
    let _ = listens.recv();
    async move {
        let _waiting = waiting;
        if listener.is_err() || told.await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Ends as the signal would have ended it.
#[expect(clippy::disallowed_methods, reason = "main may be deep in work that knows nothing of signals")]
fn end(code: i32) -> ! {
    std::process::exit(code)
}

/// Whether somebody was told, and is about to end by itself.
static TOLD: AtomicBool = AtomicBool::new(false);

/// How many wait to be told.
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// One who waits to be told, for as long as this is there.
struct Waiting;

impl Waiting {
    fn begin() -> Self {
        WAITING.fetch_add(1, Ordering::SeqCst);
        Self
    }

    fn is_anybody() -> bool {
        WAITING.load(Ordering::SeqCst) > 0
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// How a shell tells that a process was ended by a signal: SIGINT or SIGTERM.
const INTERRUPTED: i32 = 130;
const TERMINATED: i32 = 143;

/// Says when it listens, and ends with the first signal: with the exit code of who does nothing about it.
async fn signalled(listens: Sender<()>) -> i32 {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut terminate), Ok(mut interrupt)) =
            (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        {
            // Whoever waited for it is there: the thread was just started.
            let _ = listens.send(());
            return tokio::select! {
                _ = interrupt.recv() => INTERRUPTED,
                _ = terminate.recv() => TERMINATED,
            };
        }
    }
    drop(listens);
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    INTERRUPTED
}
