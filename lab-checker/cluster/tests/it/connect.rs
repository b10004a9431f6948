//! From a kubeconfig to a cluster, and what is said when that fails.

use std::path::Path;

use cluster::{ClusterError, connect};

const KUBECONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/kubeconfig.yaml");

#[tokio::test]
async fn the_context_is_chosen_and_practice_clusters_are_known() {
    let connection = connect(Some(Path::new(KUBECONFIG)), None).await.unwrap();
    assert_eq!((connection.context.as_str(), connection.namespace.as_str()), ("practice", "shop"));
    assert!(connection.practice);
    let connection = connect(Some(Path::new(KUBECONFIG)), Some("real")).await.unwrap();
    assert_eq!(connection.server, "http://127.0.0.1:1/");
    assert!(!connection.practice);
}

#[tokio::test]
async fn a_cluster_that_is_switched_off_is_unreachable() {
    let connection = connect(Some(Path::new(KUBECONFIG)), Some("real")).await.unwrap();
    assert!(cluster::objects(&connection.client).await.unwrap_err().is_unreachable());
}

#[tokio::test]
async fn a_context_that_is_not_there_is_named_with_those_that_are() {
    let error = connect(Some(Path::new(KUBECONFIG)), Some("prod")).await.err().unwrap();
    assert_eq!(error.to_string(), "the kubeconfig has no context `prod`: it has practice, real");
}

#[tokio::test]
async fn a_kubeconfig_that_is_not_there_is_named() {
    let error = connect(Some(Path::new("/nowhere/kubeconfig")), None).await.err().unwrap();
    assert_eq!(error.to_string(), "cannot use the kubeconfig /nowhere/kubeconfig");
    assert!(matches!(error, ClusterError::Kubeconfig { .. }) && !error.is_unreachable());
}
