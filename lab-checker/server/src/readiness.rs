//! Whether the server can do its work: that is, whether what it acknowledges can be stored.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::app::App;

/// Everybody may ask, and a probe waits for the disk: this long one good answer is as good as the next.
const FRESH: Duration = Duration::from_secs(1);

/// The last good probe. Whoever asks while one is under way waits for its answer.
#[derive(Debug, Default)]
pub(crate) struct Readiness(Mutex<Option<Instant>>);

impl Readiness {
    /// Whether writes are durable now. After a failed write only a probe can say so again, and it is made as
    /// soon as somebody asks.
    pub(crate) async fn writes_work(&self, app: &App) -> bool {
        let mut last = self.0.lock().await;
        let failing = app.store.is_failing() || app.clusters.are_failing();
        if !failing && last.is_some_and(|at| at.elapsed() < FRESH) {
            return true;
        }
        *last = probed(app).await.then(Instant::now);
        last.is_some()
    }
}

async fn probed(app: &App) -> bool {
    if let Err(error) = app.store.probe().await {
        tracing::warn!(?error, "not ready: the database cannot write");
        return false;
    }
    if let Err(failure) = app.clusters.probe().await {
        tracing::warn!(?failure, "not ready: the practice clusters' database cannot write");
        return false;
    }
    true
}
