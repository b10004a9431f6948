//! All practice clusters of one process: created on first use, loaded on first request, dropped from memory
//! when idle.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures::Stream;
use jiff::Timestamp;
use tokio::sync::OnceCell;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::WatchStream;

use crate::clusters::baseline;
use crate::clusters::cluster::{Cluster, token_hash};
use crate::controllers;
use crate::settings::{Enforcement, Limits, Settings};
use crate::store::cluster_id::ClusterId;
use crate::store::database::{Backend, Storage};
use crate::store::error::ClusterError;
use crate::store::state::{Revision, State};

/// How long a cluster of a database stays in memory unused.
const IDLE_SECONDS: u64 = 900;

/// How the clusters of a process are kept and set up.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where clusters are kept.
    pub storage: Backend,
    /// Whether policies are enforced.
    pub enforcement: Enforcement,
    /// How long a change of policies takes to be enforced.
    pub enforcement_delay: Duration,
    /// How many nodes there are; 0 counts as 1.
    pub nodes: u16,
    /// What one cluster may use.
    pub limits: Limits,
}

/// All practice clusters. Cheap to clone.
#[derive(Clone)]
pub struct PracticeClusters {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Arc<Settings>,
    storage: Storage,
    open: Mutex<HashMap<ClusterId, Arc<OnceCell<Arc<Cluster>>>>>,
}

impl PracticeClusters {
    /// Opens the clusters. With a database, makes its tables when they are missing.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn open(options: Options) -> Result<Self, ClusterError> {
        let settings = Settings {
            enforcement: options.enforcement,
            enforcement_delay: options.enforcement_delay,
            nodes: options.nodes.max(1),
            limits: options.limits,
        };
        let storage = Storage::open(options.storage, settings.limits.log).await?;
        let inner = Arc::new(Inner { settings: Arc::new(settings), storage, open: Mutex::default() });
        if inner.storage.is_durable() {
            tokio::spawn(evict_idle(Arc::downgrade(&inner)));
        }
        if inner.storage.shared().is_some() {
            tokio::spawn(follow_others(inner.storage.clone(), Arc::downgrade(&inner)));
        }
        Ok(Self { inner })
    }

    /// Makes a cluster, when there is none of that name yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create(&self, id: &ClusterId) -> Result<(), ClusterError> {
        self.inner.storage.create(id, &self.inner.fresh()).await?;
        Ok(())
    }

    /// Writes to the database, to see whether writing works.
    ///
    /// # Errors
    /// When it does not.
    pub async fn probe(&self) -> Result<(), ClusterError> {
        Ok(self.inner.storage.probe().await?)
    }

    /// Whether a write to the database has failed, and no [`probe`](Self::probe) has succeeded since.
    #[must_use]
    pub fn are_failing(&self) -> bool {
        self.inner.storage.is_failing()
    }

    /// Makes a cluster answer only to requests that carry `token`.
    ///
    /// # Errors
    /// When there is no such cluster, or the database fails.
    pub async fn require_token(&self, id: &ClusterId, token: &str) -> Result<(), ClusterError> {
        let cluster = self.existing(id).await?;
        let hash = token_hash(token);
        self.inner.storage.set_token_hash(id, &hash).await?;
        cluster.set_token_hash(hash);
        Ok(())
    }

    /// One cluster, loaded when it is not in memory; `None` when there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn cluster(&self, id: &ClusterId) -> Result<Option<Arc<Cluster>>, ClusterError> {
        let cell = {
            let mut open = self.inner.open.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(open.entry(id.clone()).or_default())
        };
        let loaded = cell.get_or_try_init(|| self.load(id)).await;
        match loaded {
            Ok(cluster) => {
                cluster.touch();
                cluster.catch_up().await?;
                Ok(Some(Arc::clone(cluster)))
            }
            Err(error) => {
                let mut open = self.inner.open.lock().unwrap_or_else(PoisonError::into_inner);
                if open.get(id).is_some_and(|cell| !cell.initialized()) {
                    open.remove(id);
                }
                if matches!(error, ClusterError::Unknown(_)) { Ok(None) } else { Err(error) }
            }
        }
    }

    async fn load(&self, id: &ClusterId) -> Result<Arc<Cluster>, ClusterError> {
        let stored = self.inner.storage.load(id, &self.inner.fresh()).await?;
        let stored = stored.ok_or_else(|| ClusterError::Unknown(id.clone()))?;
        let settings = Arc::clone(&self.inner.settings);
        let resume = stored.used;
        let cluster = Cluster::new(id.clone(), stored, settings, self.inner.storage.clone());
        if resume {
            cluster.write(controllers::resume).await?;
            cluster.runtime().restore(&cluster.state());
        }
        Ok(cluster)
    }

    /// One cluster, loaded when it is not in memory.
    pub(crate) async fn existing(&self, id: &ClusterId) -> Result<Arc<Cluster>, ClusterError> {
        self.cluster(id).await?.ok_or_else(|| ClusterError::Unknown(id.clone()))
    }

    /// Puts a network plugin that enforces policies, or one that does not, into a cluster. Nothing happens when
    /// it is there already.
    ///
    /// # Errors
    /// When there is no such cluster, or the database fails.
    pub async fn set_enforcement(&self, id: &ClusterId, enforcement: Enforcement) -> Result<(), ClusterError> {
        let cluster = self.existing(id).await?;
        if controllers::network_plugin::enforcement(&cluster.state()) != enforcement {
            cluster.write(|tx| controllers::network_plugin::install(tx, enforcement)).await?;
        }
        Ok(())
    }

    /// The revisions of a cluster from now on, for pages that follow it. A slow reader skips revisions.
    ///
    /// # Errors
    /// When there is no such cluster, or the database fails.
    pub async fn changes(&self, id: &ClusterId) -> Result<impl Stream<Item = Revision> + use<>, ClusterError> {
        let cluster = self.existing(id).await?;
        let revisions = WatchStream::from_changes(cluster.revisions());
        // The stream keeps the cluster in memory for as long as somebody follows it.
        Ok(revisions.map(move |revision| {
            cluster.touch();
            revision
        }))
    }

    /// A kubeconfig for one cluster; `server_url` is the address of the server, without a path.
    pub fn kubeconfig(&self, id: &ClusterId, server_url: &str) -> String {
        crate::clusters::kubeconfig::render(id, server_url, None)
    }

    /// A kubeconfig that carries the cluster's token. Clients only send it over TLS.
    pub fn kubeconfig_with_token(&self, id: &ClusterId, server_url: &str, token: &str) -> String {
        crate::clusters::kubeconfig::render(id, server_url, Some(token))
    }
}

async fn evict_idle(inner: Weak<Inner>) {
    loop {
        tokio::time::sleep(Duration::from_secs(60)).await;
        let Some(inner) = inner.upgrade() else { return };
        inner.evict(IDLE_SECONDS);
    }
}

impl Inner {
    /// What a cluster begins with.
    fn fresh(&self) -> impl Fn(Timestamp) -> State + Send + Sync + use<'_> {
        |created| baseline::state(created, &self.settings)
    }

    /// Drops the clusters from memory that nobody has used for so long.
    fn evict(&self, idle_seconds: u64) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, cell| {
            // A request that is about to use the cluster holds its cell; later it holds the cluster, as watches do.
            Arc::strong_count(cell) > 1
                || cell
                    .get()
                    .is_some_and(|cluster| Arc::strong_count(cluster) > 1 || cluster.idle_seconds() < idle_seconds)
        });
    }

    /// The clusters in memory.
    fn loaded(&self) -> Vec<Arc<Cluster>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.values().filter_map(|cell| cell.get().cloned()).collect()
    }
}

/// Lets watches see what other processes write to the same database.
async fn follow_others(storage: Storage, inner: Weak<Inner>) {
    let Some(shared) = storage.shared() else { return };
    let told = |changed: Option<ClusterId>| {
        let Some(inner) = inner.upgrade() else { return false };
        let loaded = inner.loaded().into_iter();
        for cluster in loaded.filter(|cluster| changed.as_ref().is_none_or(|id| id == cluster.id())) {
            tokio::spawn(async move {
                if let Err(error) = cluster.catch_up().await {
                    tracing::warn!(cluster = cluster.id().in_logs(), %error, "changes by other servers are noticed late");
                }
            });
        }
        true
    };
    shared.listen(told).await;
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::Request;
    use sqlx::any::AnyPoolOptions;
    use tower::ServiceExt;

    use super::*;

    async fn in_database() -> (PracticeClusters, ClusterId) {
        sqlx::any::install_default_drivers();
        let pool = AnyPoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let pool = pool.connect("sqlite::memory:").await.unwrap();
        let clusters = PracticeClusters::open(Options { storage: Backend::Database(pool), ..Options::default() });
        let (clusters, id) = (clusters.await.unwrap(), ClusterId::random());
        clusters.create(&id).await.unwrap();
        (clusters, id)
    }

    async fn ask(clusters: &PracticeClusters, method: &str, path: &str) -> axum::response::Response {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        clusters.router().oneshot(request).await.unwrap()
    }

    /// The namespaces of a cluster, asked for over its API.
    async fn namespaces(clusters: &PracticeClusters, id: &ClusterId) -> String {
        let answer = ask(clusters, "GET", &format!("/clusters/{id}/api/v1/namespaces")).await;
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn an_idle_cluster_is_put_away_and_comes_back_as_it_was() {
        let (clusters, id) = in_database().await;
        let before = namespaces(&clusters, &id).await;
        clusters.inner.evict(u64::MAX);
        assert_eq!(clusters.inner.loaded().len(), 1, "it is not idle for long");
        clusters.inner.evict(0);
        assert_eq!(clusters.inner.loaded().len(), 0);
        assert_eq!(namespaces(&clusters, &id).await, before);
    }

    #[tokio::test]
    async fn a_watched_cluster_stays() {
        let (clusters, id) = in_database().await;
        let watch = ask(&clusters, "GET", &format!("/clusters/{id}/api/v1/namespaces?watch=true")).await;
        clusters.inner.evict(0);
        assert_eq!(clusters.inner.loaded().len(), 1);
        drop(watch);
        clusters.inner.evict(0);
        assert_eq!(clusters.inner.loaded().len(), 0);
    }

    #[tokio::test]
    async fn planned_work_does_not_keep_a_cluster_and_is_not_forgotten() {
        let (clusters, id) = in_database().await;
        let namespace = serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ends"}});
        clusters.apply(&id, &[namespace]).await.unwrap().remove(0).unwrap();
        ask(&clusters, "DELETE", &format!("/clusters/{id}/api/v1/namespaces/ends")).await;
        clusters.inner.evict(0);
        assert_eq!(clusters.inner.loaded().len(), 0);
        let mut changes = std::pin::pin!(clusters.changes(&id).await.unwrap());
        while namespaces(&clusters, &id).await.contains("\"ends\"") {
            changes.next().await.unwrap();
        }
    }

    #[tokio::test]
    async fn names_that_nobody_has_take_no_memory() {
        let (clusters, _) = in_database().await;
        assert!(clusters.cluster(&ClusterId::random()).await.unwrap().is_none());
        assert_eq!(clusters.inner.open.lock().unwrap().len(), 0);
    }
}
