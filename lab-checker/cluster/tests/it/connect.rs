//! From a kubeconfig to a cluster, and what is said when that fails.

use std::path::Path;

use cluster::{ClusterError, Connection, Owner, connect};
use serde_json::json;

use crate::api::{Api, refusal};

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

#[tokio::test]
async fn a_practice_cluster_is_one_only_when_the_server_says_so() {
    let claims = |api: Api, practice| Connection {
        client: api.client(),
        context: "practice".to_owned(),
        server: "http://127.0.0.1:1/".to_owned(),
        identity: "http://127.0.0.1:1/".to_owned(),
        namespace: "default".to_owned(),
        practice,
        prefix: None,
    };
    let worlds = json!({"current": "sandbox", "worlds": ["sandbox"]});
    let says = |code, body| Api::default().answer("GET /worlds", code, body);
    for (api, claimed, believed) in [
        (says(200, worlds.clone()), true, true),
        (says(200, json!({"kind": "List", "items": []})), true, false),
        (says(404, refusal(404, "the server could not find the requested resource")), true, false),
        (says(403, refusal(403, "forbidden")), true, false),
        // Whoever does not claim it is not asked.
        (says(200, worlds), false, false),
    ] {
        let connection = claims(api, claimed).confirmed().await;
        assert_eq!(connection.practice, believed);
        assert_eq!(connection.owner() == Owner::Practice, believed);
    }
}

/// A kubeconfig whose context is for one user.
fn kubeconfig_for(folder: &tempfile::TempDir, user: &str, users: &serde_json::Value) -> std::path::PathBuf {
    let path = folder.path().join("config");
    let file = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "one",
        "clusters": [{"name": "one", "cluster": {"server": "http://127.0.0.1:1"}}],
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": user}}],
        "users": users,
    });
    std::fs::write(&path, file.to_string()).unwrap();
    path
}

#[tokio::test]
async fn a_user_that_is_not_there_is_named_with_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = kubeconfig_for(&folder, "ada", &json!([{"name": "bob", "user": {}}]));
    let error = connect(Some(&path), None).await.err().unwrap();
    let words = "the context `one` is for the user `ada`, and the kubeconfig has no such user: it has bob";
    assert_eq!(error.to_string(), words);
}

#[tokio::test]
async fn a_token_may_have_a_newline_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    for token in ["secret\n", "secret\r\n", "secret"] {
        std::fs::write(folder.path().join("token"), token).unwrap();
        let path = kubeconfig_for(&folder, "ada", &json!([{"name": "ada", "user": {"tokenFile": "token"}}]));
        let connection = connect(Some(&path), None).await.unwrap();
        let error = cluster::objects(&connection.client).await.unwrap_err();
        let chain = format!("{error:?}");
        assert!(error.is_unreachable() && !chain.contains("header value"), "{token:?}: {chain}");
    }
}

#[tokio::test]
async fn a_plugin_that_gives_no_credentials_speaks_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = |command: &str, script: &str| {
        json!([{"name": "ada", "user": {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": command, "args": ["-c", script],
            "installHint": "Install it from here.", "interactiveMode": "Never",
        }}}])
    };
    let missing = plugin("no-such-plugin-anywhere", "");
    let error = connect(Some(&kubeconfig_for(&folder, "ada", &missing)), None).await.err().unwrap().to_string();
    assert!(error.starts_with("`no-such-plugin-anywhere`, which the kubeconfig names"), "{error}");
    assert!(error.ends_with("Install it from here."), "{error}");
    let failing = plugin("sh", "echo you must log in first >&2; exit 3");
    let error = connect(Some(&kubeconfig_for(&folder, "ada", &failing)), None).await.err().unwrap().to_string();
    assert!(
        error.contains("you must log in first (exit status: 3)") && !error.contains("KUBERNETES_EXEC_INFO"),
        "{error}"
    );
}
