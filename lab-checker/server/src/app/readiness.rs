//! Whether the server can do its work: that is, whether what it acknowledges can be stored.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::clusters::Clusters;
use crate::store::Store;

/// Everybody may ask, and a probe waits for the disk: this long one good answer is as good as the next.
const FRESH: Duration = Duration::from_secs(1);

/// What is probed, and the last good probe. Whoever asks while one is under way waits for its answer.
#[derive(Debug)]
pub(crate) struct Readiness {
    store: Store,
    clusters: Clusters,
    last_good: Mutex<Option<Instant>>,
}

impl Readiness {
    pub(crate) fn new(store: Store, clusters: Clusters) -> Self {
        Self { store, clusters, last_good: Mutex::default() }
    }

    /// Whether writes are durable now. After a failed write only a probe can say so again, and it is made as
    /// soon as somebody asks.
    pub(crate) async fn writes_work(&self) -> bool {
        let mut last = self.last_good.lock().await;
        let failing = self.store.is_failing() || self.clusters.are_failing();
        if !failing && last.is_some_and(|at| at.elapsed() < FRESH) {
            return true;
        }
        *last = self.probed().await.then(Instant::now);
        last.is_some()
    }

    async fn probed(&self) -> bool {
        if let Err(error) = self.store.probe().await {
            tracing::warn!(?error, "not ready: the database cannot write");
            return false;
        }
        if let Err(failure) = self.clusters.probe().await {
            tracing::warn!(?failure, "not ready: the practice clusters' database cannot write");
            return false;
        }
        true
    }
}
