//! What is in memory, and for how long.

use axum::body::Body;
use futures::StreamExt;
use http::Request;
use sqlx::any::AnyPoolOptions;
use tower::ServiceExt;

use super::practice_clusters::{Options, PracticeClusters};
use crate::settings::Enforcement;
use crate::store::cluster_id::ClusterId;
use crate::store::database::Backend;
use crate::store::world::World;

async fn in_database() -> (PracticeClusters, ClusterId) {
    sqlx::any::install_default_drivers();
    let pool = AnyPoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
    let pool = pool.connect("sqlite::memory:").await.unwrap();
    let clusters = PracticeClusters::open(Options { storage: Backend::Database(pool), ..Options::default() });
    let (clusters, id) = (clusters.await.unwrap(), ClusterId::random());
    clusters.create(&id).await.unwrap();
    (clusters, id)
}

/// How many worlds are in memory.
fn loaded(clusters: &PracticeClusters) -> usize {
    clusters.loaded().iter().map(|gate| gate.loaded()).sum()
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
    clusters.evict(u64::MAX);
    assert_eq!(loaded(&clusters), 1, "it is not idle for long");
    clusters.evict(0);
    assert_eq!(loaded(&clusters), 0);
    assert_eq!(namespaces(&clusters, &id).await, before);
}

#[tokio::test]
async fn a_watched_cluster_stays() {
    let (clusters, id) = in_database().await;
    let watch = ask(&clusters, "GET", &format!("/clusters/{id}/api/v1/namespaces?watch=true")).await;
    clusters.evict(0);
    assert_eq!(loaded(&clusters), 1);
    drop(watch);
    clusters.evict(0);
    assert_eq!(loaded(&clusters), 0);
}

#[tokio::test]
async fn planned_work_does_not_keep_a_cluster_and_is_not_forgotten() {
    let (clusters, id) = in_database().await;
    let namespace = serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ends"}});
    clusters.apply(&id, &World::sandbox(), &[namespace]).await.unwrap().remove(0).unwrap();
    ask(&clusters, "DELETE", &format!("/clusters/{id}/api/v1/namespaces/ends")).await;
    clusters.evict(0);
    assert_eq!(loaded(&clusters), 0);
    let mut changes = std::pin::pin!(clusters.changes(&id, &World::sandbox()).await.unwrap());
    while namespaces(&clusters, &id).await.contains("\"ends\"") {
        changes.next().await.unwrap();
    }
}

#[tokio::test]
async fn names_that_nobody_has_take_no_memory() {
    let (clusters, _) = in_database().await;
    assert!(clusters.gate(&ClusterId::random()).await.is_err());
    assert_eq!(clusters.loaded().len(), 0);
}

#[tokio::test]
async fn worlds_are_loaded_when_they_are_used_and_put_away_one_by_one() {
    let (clusters, id) = in_database().await;
    let world = World::named("lab").unwrap();
    let metadata = serde_json::json!({"name": "kept", "namespace": "default"});
    let map = serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata});
    clusters.start(&id, &world, Enforcement::None, &[map]).await.unwrap();
    let maps = format!("/clusters/{id}/api/v1/namespaces/default/configmaps");
    let list = async || {
        let bytes = axum::body::to_bytes(ask(&clusters, "GET", &maps).await.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    };
    let before = list().await;
    clusters.evict(0);
    assert_eq!((loaded(&clusters), clusters.loaded().len()), (0, 0));
    assert_eq!(list().await, before, "its versions too are what they were");
    assert_eq!(loaded(&clusters), 1, "the sandbox is not needed for that");
    let watch = ask(&clusters, "GET", &format!("{maps}?watch=true")).await;
    clusters.objects(&id, &World::sandbox()).await.unwrap();
    assert_eq!(loaded(&clusters), 2);
    clusters.evict(0);
    assert_eq!((loaded(&clusters), clusters.loaded().len()), (1, 1), "what is watched stays");
    drop(watch);
    clusters.evict(0);
    assert_eq!((loaded(&clusters), clusters.loaded().len()), (0, 0));
}
